/** The policy of a tenant. */
import type { FastifyRequest } from "fastify";
import {
  appliedPolicySchema,
  applyPolicyQuerySchema,
  applyPolicySchema,
  type Policy,
  type PolicyChange,
  policyRecordSchema,
} from "../../shared/api/policy.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import { NEVER_APPLIED } from "../policy/create-policy-service.ts";
import { policyChanges } from "../policy/policy-changes.ts";
import type { PolicyRecord } from "../policy/policy-service.ts";
import { type ApiApp, type ApiServices, auditAction, keyOf, tenantParams } from "./api-context.ts";

/** Leaves room for forty groups with the longest names. */
const POLICY_BODY_LIMIT = 128 * 1024;
const MAX_SUMMARY = 500;

export function policyRoutes(app: ApiApp, { policy, sources, audit, notifier }: ApiServices): void {
  /** Throws POLICY_INVALID for a source that the tenant does not have: the entry would be for nobody. */
  async function assertSources(tenantId: string, { groups, privileged }: Policy): Promise<void> {
    const named = [
      ...groups.map(({ source }, index) => ({ source, path: `policy.groups.${index}.source` })),
      ...privileged.groups.map((entry, index) => ({
        source: typeof entry === "string" ? undefined : entry.source,
        path: `policy.privileged.groups.${index}.source`,
      })),
    ].filter(({ source }) => source !== undefined);
    if (named.length === 0) return;
    const known = (await sources.list(tenantId)).map(({ number }) => number);
    const problems = named
      .filter(({ source }) => source !== undefined && !known.includes(source))
      .map(({ source, path }) => ({ path, problem: `no source has the number ${source}` }));
    if (problems.length === 0) return;
    const list = problems.map(({ path, problem }) => `${path}: ${problem}`).join("; ");
    throw new AppError("POLICY_INVALID", `Not valid: ${list}. latchkey source list shows the numbers.`, {
      details: { problems },
    });
  }

  app.get(
    "/tenants/:tenantId/policy",
    {
      config: { scope: "policy:read" },
      schema: {
        summary: "Show the policy in force",
        params: tenantParams,
        response: { 200: policyRecordSchema },
      },
    },
    ({ params: { tenantId } }) => policy.latest(tenantId),
  );

  app.put(
    "/tenants/:tenantId/policy",
    {
      config: { scope: "policy:write" },
      bodyLimit: POLICY_BODY_LIMIT,
      attachValidation: true,
      schema: {
        summary: "Replace the policy, or with dryRun list what would change",
        params: tenantParams,
        querystring: applyPolicyQuerySchema,
        body: applyPolicySchema,
        response: { 200: appliedPolicySchema },
      },
    },
    async (request) => {
      assertValid(request.validationError);
      const { tenantId } = request.params;
      const { policy: wanted, expectedVersion } = request.body;
      const { dryRun } = request.query;
      // A policy that is refused can be replaced, or else nobody could mend it. It is compared with the defaults.
      const present = await policy.latest(tenantId).catch((error: unknown) => {
        if (isAppError(error, "RECORD_FORGED")) return null;
        throw error;
      });
      const before = present ?? NEVER_APPLIED;
      if (expectedVersion !== undefined && expectedVersion !== before.version)
        throw new AppError(
          "POLICY_CHANGED",
          `Version ${before.version} of the policy is in force, not ${expectedVersion}.`,
        );
      await assertSources(tenantId, wanted);
      const changes = policyChanges(before.policy, wanted);
      if (dryRun || isSame(before, wanted)) return { ...before, changes, dryRun };

      // Applies only on top of the version that was compared, so that the audit entry describes the actual change.
      const applied = await policy.apply(tenantId, wanted, present?.version ?? null);
      const loosens = changes.some((change) => change.loosens);
      await auditAction(audit, request, {
        tenantId,
        action: "policy.applied",
        subject: `tenant:${tenantId}`,
        details: { version: applied.version, loosens, summary: summaryOf(changes) },
      });
      // Administrators who were removed from the list are notified too.
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

/** Gives an invalid policy a code of its own. The paths in its details are those of the request. */
function assertValid(error: FastifyRequest["validationError"]): void {
  if (error === undefined) return;
  if (error.validationContext !== "body" || !isAppError(error, "REQUEST_INVALID")) throw error;
  throw new AppError("POLICY_INVALID", error.message, { details: error.details });
}

const isSame = ({ policy, version }: PolicyRecord, wanted: Policy): boolean =>
  version > 0 && JSON.stringify(policy) === JSON.stringify(wanted);

/** Puts changes that loosen the policy first, because the end may be cut off. */
function summaryOf(changes: readonly PolicyChange[]): string {
  const sorted = [...changes].sort((a, b) => Number(b.loosens) - Number(a.loosens));
  const text = sorted.map(({ about, text: change }) => `${about}: ${change}`).join("; ");
  return text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text;
}
