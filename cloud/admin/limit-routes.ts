/** Limits against abuse: shows those that refuse now, and lifts them. */
import { z } from "zod";
import {
  liftedLimitSchema,
  liftLimitSchema,
  limitListSchema,
  limitSchema,
  type LimitView,
} from "../../shared/api/limits.ts";
import { AppError } from "../../shared/errors.ts";
import { limitNamed, LIMITS } from "../limits/counters.ts";
import { type TenantSize, thresholdText } from "../limits/thresholds.ts";
import { type EngagedLimit, limitKey, subjectOf } from "../store/limits.ts";
import { type ApiApp, type ApiServices, auditAction, tenantParams } from "./api-context.ts";

const limitParams = tenantParams.extend({ limit: z.string().max(64) });

export function limitRoutes(app: ApiApp, { limits, audit, tenants, policy, users }: ApiServices): void {
  async function sizeOf(tenantId: string): Promise<TenantSize> {
    const [{ policy: document }, count] = await Promise.all([policy.get(tenantId), users.count(tenantId)]);
    return { rules: document.limits, users: count };
  }

  app.get(
    "/tenants/:tenantId/limits",
    {
      config: { scope: "users:read" },
      schema: {
        summary: "List the limits against abuse, and where they refuse now",
        params: tenantParams,
        response: { 200: limitListSchema },
      },
    },
    async ({ params: { tenantId } }) => {
      await tenants.assertTenant(tenantId);
      const [engaged, size] = await Promise.all([limits.engaged(tenantId), sizeOf(tenantId)]);
      return { items: Object.keys(LIMITS).map((name) => viewOf(name, size, engaged)) };
    },
  );

  app.get(
    "/tenants/:tenantId/limits/:limit",
    {
      config: { scope: "users:read" },
      schema: {
        summary: "Show a limit against abuse, and where it refuses now",
        params: limitParams,
        response: { 200: limitSchema },
      },
    },
    async ({ params: { tenantId, limit } }) => {
      await tenants.assertTenant(tenantId);
      return viewOf(limit, await sizeOf(tenantId), await limits.engaged(tenantId));
    },
  );

  app.post(
    "/tenants/:tenantId/limits/:limit/lift",
    {
      config: { scope: "policy:write" },
      schema: {
        summary: "Lift a limit of networks or of the tenant: what was counted is forgotten",
        params: limitParams,
        body: liftLimitSchema,
        response: { 200: liftedLimitSchema },
      },
    },
    async (request) => {
      const { tenantId, limit: name } = request.params;
      await tenants.assertTenant(tenantId);
      const { by, liftedBy } = knownLimit(name);
      if (liftedBy !== "administrator")
        throw new AppError("LIMIT_NOT_LIFTABLE", `${name} is a limit of one ${by}.`);
      const { for: network } = request.body;
      const refusing = (await limits.engaged(tenantId)).filter((one) => one.name === name);
      // What is counted is forgotten even where nothing is refused yet.
      const chosen =
        by === "tenant"
          ? [{ name, key: limitKey(name, { by: "other", subject: "" }) }]
          : network === undefined
            ? refusing
            : [{ name, key: limitKey(name, { by: "other", subject: network }) }];
      const lifted = await limits.clear(tenantId, chosen);
      await auditAction(audit, request, {
        tenantId,
        action: "limit.lifted",
        subject: null,
        details: { limit: name, for: network ?? (by === "tenant" ? "" : "all"), lifted },
      });
      return { lifted };
    },
  );
}

function knownLimit(name: string): NonNullable<ReturnType<typeof limitNamed>> {
  const limit = limitNamed(name);
  if (limit === undefined) throw new AppError("LIMIT_UNKNOWN");
  return limit;
}

function viewOf(name: string, size: TenantSize, engaged: readonly EngagedLimit[]): LimitView {
  const limit = knownLimit(name);
  const { by, counts, protects, windowMs, liftedBy, setting = null } = limit;
  return {
    name,
    by,
    counts,
    protects,
    threshold: thresholdText(limit, size),
    windowSeconds: windowMs / 1_000,
    liftedBy,
    setting,
    engaged: engaged
      .filter((one) => one.name === name)
      .map((one) => ({ for: by === "tenant" ? null : subjectOf(one), until: one.until })),
  };
}
