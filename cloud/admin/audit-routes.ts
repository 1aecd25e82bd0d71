import { z } from "zod";
import { auditPageSchema, auditQuerySchema, auditVerificationSchema } from "../../shared/api/audit.ts";
import type { ApiApp, ApiServices } from "./api-context.ts";

/** The chain of a tenant, or, without one in the address, of the installation. */
const params = z.object({ tenantId: z.string().optional() });

export function auditRoutes(app: ApiApp, { audit }: ApiServices): void {
  for (const prefix of ["", "/tenants/:tenantId"]) {
    app.get(
      `${prefix}/audit`,
      {
        config: { scope: "audit:read" },
        schema: {
          summary: "List audit entries, newest first",
          params,
          querystring: auditQuerySchema,
          response: { 200: auditPageSchema },
        },
      },
      async ({ params: { tenantId = null }, query }) => ({ items: await audit.list(tenantId, query) }),
    );

    app.get(
      `${prefix}/audit/verify`,
      {
        config: { scope: "audit:read" },
        schema: {
          summary: "Check the whole chain; AUDIT_BROKEN names the first bad entry",
          params,
          response: { 200: auditVerificationSchema },
        },
      },
      ({ params: { tenantId = null } }) => audit.verify(tenantId),
    );
  }
}
