import type { FastifyRequest } from "fastify";
import { z } from "zod";
import {
  appliedPolicySchema,
  applyPolicyQuerySchema,
  applyPolicySchema,
  type Policy,
  type PolicyChange,
  policyRecordSchema,
} from "../../shared/api/policy.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import { policyChanges } from "../policy/policy-changes.ts";
import type { PolicyRecord } from "../policy/policy-service.ts";
import { actorOf, type ApiApp, type ApiServices, keyOf } from "./api-context.ts";

const params = z.object({ tenantId: z.string() });
/** Forty groups with the longest names. */
const POLICY_BODY_LIMIT = 128 * 1024;
const MAX_SUMMARY = 500;

export function policyRoutes(app: ApiApp, { policy, audit, notifier }: ApiServices): void {
  app.get(
    "/tenants/:tenantId/policy",
    {
      config: { scope: "policy:read" },
      schema: { summary: "Show the policy in force", params, response: { 200: policyRecordSchema } },
    },
    async (request) => policy.latest(request.params.tenantId),
  );

  app.put(
    "/tenants/:tenantId/policy",
    {
      config: { scope: "policy:write" },
      bodyLimit: POLICY_BODY_LIMIT,
      attachValidation: true,
      schema: {
        summary: "Replace the policy, or with dryRun say what that would change",
        params,
        querystring: applyPolicyQuerySchema,
        body: applyPolicySchema,
        response: { 200: appliedPolicySchema },
      },
    },
    async (request) => {
      refuse(request.validationError);
      const { tenantId } = request.params;
      const { policy: wanted, expectedVersion } = request.body;
      const { dryRun } = request.query;
      const before = await policy.latest(tenantId);
      if (expectedVersion !== undefined && expectedVersion !== before.version)
        throw new AppError(
          "POLICY_CHANGED",
          `Version ${before.version} of the policy is in force, not ${expectedVersion}.`,
        );
      const changes = policyChanges(before.policy, wanted);
      if (dryRun || isSame(before, wanted)) return { ...before, changes, dryRun };

      // Against the very version that was compared: what the audit says of the change is then true.
      const applied = await policy.apply(tenantId, wanted, before.version);
      const loosens = changes.some((change) => change.loosens);
      await audit.append({
        tenantId,
        action: "policy.applied",
        actor: actorOf(request),
        subject: `tenant:${tenantId}`,
        outcome: "done",
        correlationId: request.id,
        details: { version: applied.version, loosens, summary: summaryOf(changes) },
      });
      // Those who were taken off the list hear of it too.
      const emails = new Set([...before.policy.admins.emails, ...wanted.admins.emails]);
      if (changes.length > 0 && emails.size > 0)
        await notifier.notify({
          tenantId,
          kind: "admin_policy_changed",
          emails: [...emails],
          language: wanted.language,
          correlationId: request.id,
          facts: { version: String(applied.version), by: keyOf(request).name, summary: summaryOf(changes) },
        });
      return { ...applied, changes, dryRun };
    },
  );
}

/** What does not fit in a policy has a code of its own; the paths in it are those of the request. */
function refuse(error: FastifyRequest["validationError"]): void {
  if (error === undefined) return;
  if (error.validationContext !== "body" || !isAppError(error, "REQUEST_INVALID")) throw error;
  throw new AppError("POLICY_INVALID", error.message, { details: error.details });
}

const isSame = ({ policy, version }: PolicyRecord, wanted: Policy): boolean =>
  version > 0 && JSON.stringify(policy) === JSON.stringify(wanted);

/** What loosens comes first: it is what must not be cut off. */
function summaryOf(changes: readonly PolicyChange[]): string {
  const sorted = [...changes].sort((a, b) => Number(b.loosens) - Number(a.loosens));
  const text = sorted.map(({ about, text: change }) => `${about}: ${change}`).join("; ");
  return text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text;
}
