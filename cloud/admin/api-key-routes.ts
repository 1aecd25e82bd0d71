/** API keys of the installation, or of one tenant. */
import {
  apiKeyListSchema,
  apiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
} from "../../shared/api/api-keys.ts";
import { coversScope } from "../../shared/api/scopes.ts";
import { DAY_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import { ulidSchema } from "../../shared/ids.ts";
import {
  actorOf,
  type ApiApp,
  type ApiServices,
  auditAction,
  INSTALLATION_AND_TENANT,
  keyOf,
  optionalTenantParams,
} from "./api-context.ts";

const keyParams = optionalTenantParams.extend({ keyId: ulidSchema });

export function apiKeyRoutes(app: ApiApp, { apiKeys, audit, clock }: ApiServices): void {
  for (const prefix of INSTALLATION_AND_TENANT) {
    app.post(
      `${prefix}/api-keys`,
      {
        config: { scope: "keys:write" },
        schema: {
          summary: "Create an API key. Its secret is shown only in this response",
          params: optionalTenantParams,
          body: createApiKeySchema,
          response: { 201: createdApiKeySchema },
        },
      },
      async (request, reply) => {
        const { tenantId = null } = request.params;
        const { name, scopes, expiresInDays } = request.body;
        const held = keyOf(request).scopes;
        const excess = scopes.filter((scope) => !coversScope(held, scope));
        if (excess.length > 0)
          throw new AppError(
            "SCOPE_MISSING",
            `A key cannot grant scopes that it does not have: ${excess.join(", ")}.`,
          );
        const { key, secret } = await apiKeys.create({
          name,
          tenantId,
          scopes: [...new Set(scopes)],
          createdBy: actorOf(request),
          expiresAt: expiresInDays === undefined ? null : clock.now() + expiresInDays * DAY_MS,
        });
        await auditAction(audit, request, {
          tenantId,
          action: "api_key.created",
          subject: `key:${key.id}`,
          details: { scopes: key.scopes.join(",") },
        });
        return reply.code(201).send({ key, secret: secret.reveal() });
      },
    );

    app.get(
      `${prefix}/api-keys`,
      {
        config: { scope: "keys:write" },
        schema: {
          summary: "List API keys without their secrets",
          params: optionalTenantParams,
          response: { 200: apiKeyListSchema },
        },
      },
      async ({ params: { tenantId = null } }) => ({ items: await apiKeys.list(tenantId) }),
    );

    app.delete(
      `${prefix}/api-keys/:keyId`,
      {
        config: { scope: "keys:write" },
        schema: {
          summary: "Revoke an API key",
          params: keyParams,
          response: { 200: apiKeySchema },
        },
      },
      async (request) => {
        const { tenantId = null, keyId } = request.params;
        const key = await apiKeys.revoke(tenantId, keyId);
        await auditAction(audit, request, {
          tenantId: key.tenantId,
          action: "api_key.revoked",
          subject: `key:${key.id}`,
        });
        return key;
      },
    );
  }
}
