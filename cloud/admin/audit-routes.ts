/** Audit of the installation, or of one tenant. Each has a hash chain of its own. */
import { auditPageSchema, auditQuerySchema, auditVerificationSchema } from "../../shared/api/audit.ts";
import { toAppError } from "../../shared/errors.ts";
import {
  actorOf,
  type ApiApp,
  type ApiServices,
  INSTALLATION_AND_TENANT,
  optionalTenantParams,
} from "./api-context.ts";

export function auditRoutes(app: ApiApp, { audit }: ApiServices): void {
  for (const prefix of INSTALLATION_AND_TENANT) {
    app.get(
      `${prefix}/audit`,
      {
        config: { scope: "audit:read" },
        schema: {
          summary: "List audit entries, newest first",
          params: optionalTenantParams,
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
          summary: "Verify the whole hash chain. AUDIT_BROKEN names the first entry that fails",
          params: optionalTenantParams,
          response: { 200: auditVerificationSchema },
        },
      },
      async (request) => {
        const { tenantId = null } = request.params;
        try {
          return await audit.verify(tenantId);
        } catch (error) {
          const { code, message } = toAppError(error);
          if (code === "AUDIT_BROKEN")
            await audit.append({
              tenantId,
              action: "audit.broken",
              actor: actorOf(request),
              subject: null,
              outcome: "failed",
              code,
              correlationId: request.id,
              details: { problem: message },
            });
          throw error;
        }
      },
    );
  }
}
