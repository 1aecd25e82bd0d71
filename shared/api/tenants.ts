import { z } from "zod";
import { tenantIdSchema } from "../ids.ts";
import { LOGO_TYPES } from "./brand.ts";
import { instant } from "./instant.ts";

export const tenantSchema = z.object({
  id: tenantIdSchema,
  name: z.string(),
  /** The part of user names after the @. A domain belongs to exactly one tenant. */
  domains: z.array(z.string()),
  settings: z.object({
    /** The tenant's own deletion threshold; the installation's when absent. */
    deleteMinimum: z.int().optional(),
    deletePercent: z.number().optional(),
    /** Colour of the portal as #rrggbb; the default colour when absent. */
    colour: z.string().optional(),
    /** Name shown on the portal; the tenant's name when absent. */
    portalName: z.string().optional(),
  }),
  /** Set with `PUT …/logo`. */
  logo: z.object({ type: z.enum(LOGO_TYPES), digest: z.string() }).nullable(),
  createdAt: instant,
});
export type Tenant = z.infer<typeof tenantSchema>;

export const tenantListSchema = z.object({ items: z.array(tenantSchema) });
