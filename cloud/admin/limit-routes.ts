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
import type { EngagedLimit } from "../store/limits.ts";
import { type ApiApp, type ApiServices, auditAction, tenantParams } from "./api-context.ts";

const limitParams = tenantParams.extend({ limit: z.string().max(64) });

export function limitRoutes(app: ApiApp, { limits, audit, tenants }: ApiServices): void {
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
      const engaged = await limits.engaged(tenantId);
      return { items: Object.keys(LIMITS).map((name) => viewOf(name, engaged)) };
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
      return viewOf(limit, await limits.engaged(tenantId));
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
      const { by, liftedBy } = limitOf(name);
      if (liftedBy !== "administrator")
        throw new AppError("LIMIT_NOT_LIFTABLE", `${name} is a limit of one ${by}.`);
      const { for: network } = request.body;
      const refusing = (await limits.engaged(tenantId)).filter((one) => one.name === name);
      // What is counted is forgotten even where nothing is refused yet.
      const chosen =
        by === "tenant"
          ? [{ name, key: name }]
          : network === undefined
            ? refusing
            : [{ name, key: `${name}:${network}` }];
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

function limitOf(name: string): NonNullable<ReturnType<typeof limitNamed>> {
  const limit = limitNamed(name);
  if (limit === undefined) throw new AppError("LIMIT_UNKNOWN");
  return limit;
}

function viewOf(name: string, engaged: readonly EngagedLimit[]): LimitView {
  const { by, counts, protects, threshold, windowMs, liftedBy, setting = null } = limitOf(name);
  return {
    name,
    by,
    counts,
    protects,
    threshold,
    windowSeconds: windowMs / 1_000,
    liftedBy,
    setting,
    engaged: engaged
      .filter((one) => one.name === name)
      .map(({ key, until }) => ({
        for: by === "tenant" ? null : key.slice(name.length + 1),
        until,
      })),
  };
}
