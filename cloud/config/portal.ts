/** Settings of the portals. */
import { z } from "zod";
import { flag, integer } from "../../shared/config/fields.ts";
import { tenantIdSchema } from "../../shared/ids.ts";

export const portalConfigSchema = z.strictObject({
  enabled: flag().prefault(true).describe("Whether this node serves the reset and registration portals"),
  defaultTenant: tenantIdSchema.optional().meta({
    description: "Tenant of user names without a known domain; a single tenant is used without it",
    example: "contoso",
  }),
  captchaTries: integer(1, 1_000_000)
    .default(1_500)
    .describe("Difficulty of the proof of work against robots; a phone does 1500 in about a second"),
});
export type PortalConfig = z.infer<typeof portalConfigSchema>;
