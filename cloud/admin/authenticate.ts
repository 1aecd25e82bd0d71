/** Authenticates and authorises a request by its headers and address, before its body is read. */
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from "fastify";
import { z } from "zod";
import { coversScope, type Scope } from "../../shared/api/scopes.ts";
import { AppError } from "../../shared/errors.ts";
import { tenantIdSchema } from "../../shared/ids.ts";
import { Secret } from "../../shared/secret.ts";
import type { ApiServices } from "./api-context.ts";
import type { RateLimit } from "./rate-limit.ts";

export interface AuthenticateDeps extends Pick<ApiServices, "apiKeys" | "tenants"> {
  readonly rateLimit: Pick<RateLimit, "take">;
}

const BEARER = /^Bearer +([A-Za-z0-9_-]{1,200})$/i;
const addressSchema = z.object({ tenantId: z.string().optional() });

/** Returns an onRequest hook that sets `request.apiKey`. */
export function createAuthenticate({ apiKeys, tenants, rateLimit }: AuthenticateDeps): onRequestHookHandler {
  return (request, reply, done) => {
    const { scope, openToTenantKeys = false } = request.routeOptions.config;
    if (scope === undefined) done();
    else authenticate(request, reply, scope, openToTenantKeys).then(() => done(), done);
  };

  async function authenticate(
    request: FastifyRequest,
    reply: FastifyReply,
    scope: Scope,
    openToTenantKeys: boolean,
  ): Promise<void> {
    const header = request.headers.authorization;
    if (header === undefined) throw refuse(request, reply, new AppError("API_KEY_MISSING"));
    const text = BEARER.exec(header)?.[1];
    const key = text === undefined ? null : await apiKeys.authenticate(new Secret(text));
    if (key === null) throw refuse(request, reply, new AppError("API_KEY_INVALID"));
    request.apiKey = key;
    limit(`key:${key.id}`, reply);

    if (!coversScope(key.scopes, scope))
      throw new AppError("SCOPE_MISSING", `The API key '${key.name}' lacks the scope ${scope}.`, {
        details: { scope },
      });
    const tenantId = addressSchema.safeParse(request.params).data?.tenantId;
    // Refused before the tenant is looked up: a tenant's key must not learn which other tenants exist.
    if (key.tenantId !== null && key.tenantId !== tenantId && !openToTenantKeys)
      throw new AppError(
        "SCOPE_MISSING",
        `The API key '${key.name}' is valid for the tenant ${key.tenantId} only.`,
      );
    if (tenantId === undefined) return;
    if (!tenantIdSchema.safeParse(tenantId).success) throw new AppError("TENANT_UNKNOWN");
    await tenants.assertTenant(tenantId);
  }

  /** Counts a request without a valid key against its address, and returns the error. */
  function refuse(request: FastifyRequest, reply: FastifyReply, error: AppError): AppError {
    limit(`address:${request.ip}`, reply);
    return error;
  }

  function limit(caller: string, reply: FastifyReply): void {
    const retryAfter = rateLimit.take(caller);
    if (retryAfter === 0) return;
    reply.header("retry-after", retryAfter);
    throw new AppError("RATE_LIMITED", `Too many requests. Try again in ${retryAfter} seconds.`);
  }
}
