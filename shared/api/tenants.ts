import { z } from "zod";
import { tenantIdSchema } from "../ids.ts";
import { instant } from "./instant.ts";

export const tenantSchema = z.object({
  id: tenantIdSchema,
  name: z.string(),
  /** What people type after the @. A domain finds exactly one tenant. */
  domains: z.array(z.string()),
  /** The tenant's own limits of the delete brake; absent: the installation's. */
  settings: z.object({
    deleteMinimum: z.int().optional(),
    deletePercent: z.number().optional(),
  }),
  createdAt: instant,
});
export type Tenant = z.infer<typeof tenantSchema>;

export const tenantListSchema = z.object({ items: z.array(tenantSchema) });
