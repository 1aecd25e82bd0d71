/** API keys of the installation, or of one tenant. */
import {
  type ApiKey,
  apiKeyListSchema,
  createApiKeySchema,
  createdApiKeySchema,
  revokeApiKeyQuerySchema,
  revokedApiKeySchema,
} from "../../shared/api/api-keys.ts";
import { coversScope, type Scope } from "../../shared/api/scopes.ts";
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
        assertCovers(keyOf(request), scopes, "make a key with");
        const maker = keyOf(request);
        const wanted = expiresInDays === undefined ? maker.expiresAt : clock.now() + expiresInDays * DAY_MS;
        if (wanted !== null && maker.expiresAt !== null && wanted > maker.expiresAt)
          throw new AppError(
            "REQUEST_INVALID",
            `expiresInDays: a key cannot outlive the key that makes it, which expires at ${new Date(maker.expiresAt).toISOString()}. Leave expiresInDays out, or use a key that lives longer.`,
          );
        const { key, secret } = await apiKeys.create({
          name,
          tenantId,
          scopes: [...new Set(scopes)],
          createdBy: actorOf(request),
          expiresAt: wanted,
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
          summary: "Revoke an API key and the keys that it made. Needs the scopes of the revoked key",
          params: keyParams,
          querystring: revokeApiKeyQuerySchema,
          response: { 200: revokedApiKeySchema },
        },
      },
      async (request) => {
        const { tenantId = null, keyId } = request.params;
        const own = keyOf(request);
        const target = await apiKeys.get(tenantId, keyId);
        // Otherwise a helpdesk's key could lock the owner out.
        assertCovers(own, target.scopes, "revoke a key with");
        const keptBy = request.query.keepMade === "true" ? actorOf(request) : undefined;
        if (keptBy !== undefined && own.id === keyId)
          throw new AppError(
            "REQUEST_INVALID",
            "A key that revokes itself cannot take over the keys that it made.",
          );
        const [key = target, ...alsoRevoked] = await apiKeys.revoke(tenantId, keyId, keptBy);
        for (const { id, tenantId: ofTenant, scopes } of [key, ...alsoRevoked])
          await auditAction(audit, request, {
            tenantId: ofTenant,
            action: "api_key.revoked",
            subject: `key:${id}`,
            details: { scopes: scopes.join(","), ...(id === keyId ? {} : { withKey: keyId }) },
          });
        return { ...key, alsoRevoked };
      },
    );
  }
}

/** Throws SCOPE_MISSING. */
function assertCovers(
  { scopes: held }: Pick<ApiKey, "scopes">,
  scopes: readonly Scope[],
  what: string,
): void {
  const excess = scopes.filter((scope) => !coversScope(held, scope));
  if (excess.length > 0)
    throw new AppError(
      "SCOPE_MISSING",
      `A key cannot ${what} scopes that it does not have itself: ${excess.join(", ")}.`,
    );
}
