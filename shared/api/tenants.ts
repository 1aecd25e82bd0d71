import { z } from "zod";
import { tenantIdSchema } from "../ids.ts";
import { LOGO_TYPES } from "./brand.ts";
import { instant } from "./instant.ts";

export const tenantSchema = z.object({
  id: tenantIdSchema,
  name: z.string(),
  /** What people type after the @. A domain finds exactly one tenant. */
  domains: z.array(z.string()),
  settings: z.object({
    /** The tenant's own limits of the delete brake; absent: the installation's. */
    deleteMinimum: z.int().optional(),
    deletePercent: z.number().optional(),
    /** Of the portal, as #rrggbb; absent: the product's. */
    colour: z.string().optional(),
    /** On top of the portal; absent: the tenant's name. */
    portalName: z.string().optional(),
  }),
  /** Set with `PUT …/logo`. */
  logo: z.object({ type: z.enum(LOGO_TYPES), digest: z.string() }).nullable(),
  createdAt: instant,
});
export type Tenant = z.infer<typeof tenantSchema>;

export const tenantListSchema = z.object({ items: z.array(tenantSchema) });
