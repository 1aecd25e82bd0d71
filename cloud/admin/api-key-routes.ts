import { z } from "zod";
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
import { actorOf, type ApiApp, type ApiServices, keyOf } from "./api-context.ts";

/** Keys of a tenant, or, without one in the address, of the whole installation. */
const params = z.object({ tenantId: z.string().optional() });

export function apiKeyRoutes(app: ApiApp, { apiKeys, audit, clock }: ApiServices): void {
  for (const prefix of ["", "/tenants/:tenantId"]) {
    app.post(
      `${prefix}/api-keys`,
      {
        config: { scope: "keys:write" },
        schema: {
          summary: "Make an API key, shown this once",
          params,
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
          throw new AppError("SCOPE_MISSING", `A key can give no scope that it lacks: ${excess.join(", ")}.`);
        const { key, secret } = await apiKeys.create({
          name,
          tenantId,
          scopes: [...new Set(scopes)],
          createdBy: actorOf(request),
          expiresAt: expiresInDays === undefined ? null : clock.now() + expiresInDays * DAY_MS,
        });
        await audit.append({
          tenantId,
          action: "api_key.created",
          actor: actorOf(request),
          subject: `key:${key.id}`,
          outcome: "done",
          correlationId: request.id,
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
          summary: "List API keys, without their secrets",
          params,
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
          params: params.extend({ keyId: ulidSchema }),
          response: { 200: apiKeySchema },
        },
      },
      async (request) => {
        const { tenantId = null, keyId } = request.params;
        const key = await apiKeys.revoke(tenantId, keyId);
        await audit.append({
          tenantId: key.tenantId,
          action: "api_key.revoked",
          actor: actorOf(request),
          subject: `key:${key.id}`,
          outcome: "done",
          correlationId: request.id,
        });
        return key;
      },
    );
  }
}
