/** What an operator may set for the portals. */
import { z } from "zod";
import { flag, integer } from "../../shared/config/fields.ts";
import { tenantIdSchema } from "../../shared/ids.ts";

export const portalConfigSchema = z.strictObject({
  enabled: flag().prefault(true).describe("Serve the reset and registration portals on this node"),
  defaultTenant: tenantIdSchema.optional().meta({
    description: "Tenant of user names without a known domain; the only one when there is just one",
    example: "contoso",
  }),
  captchaTries: integer(1, 1_000_000)
    .default(1_500)
    .describe("Work of the check against robots; a phone does 1500 in about a second"),
});
export type PortalConfig = z.infer<typeof portalConfigSchema>;
