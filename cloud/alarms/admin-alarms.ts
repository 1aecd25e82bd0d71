/** Emails a tenant's administrators about important audit entries, so that they need not search for them. */
import { toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Audit, AuditEvent } from "../audit/audit.ts";
import { adminAlarms } from "../limits/requests.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import type { Limits } from "../store/limits.ts";
import type { TenantStore } from "../store/tenants.ts";
import { type Alarm, alarmOf } from "./alarm-table.ts";

export interface AdminAlarmsDeps {
  readonly audit: Audit;
  readonly policy: Pick<PolicyService, "forAlarms">;
  readonly notifier: Pick<Notifier, "notify">;
  readonly limits: Pick<Limits, "take">;
  readonly tenants: Pick<TenantStore, "list">;
  readonly log: Logger;
}

/** Most addresses that an entry of the whole installation is told to. */
const MAX_ADDRESSES = 50;

/** Wraps an audit log. An alarm that cannot be sent is logged; the audit entry is written in any case. */
export function withAdminAlarms(deps: AdminAlarmsDeps): Audit {
  const { audit, policy, notifier, limits, tenants, log } = deps;

  /** `told`: the addresses that have had this alarm, to which those of this tenant are added. */
  async function raise(
    tenantId: string,
    event: AuditEvent,
    { kind, facts, pace, perHour }: Alarm,
    told: Set<string>,
  ): Promise<void> {
    const { admins, language } = (await policy.forAlarms(tenantId)).policy;
    const emails = admins.emails.filter((email) => !told.has(email)).slice(0, MAX_ADDRESSES - told.size);
    if (emails.length === 0) return;
    if (perHour !== null && (await limits.take(tenantId, [adminAlarms(kind, pace, perHour)])) !== null)
      return;
    const correlationId = event.correlationId ?? event.subject?.replace(/^\w+:/, "") ?? tenantId;
    await notifier.notify({ tenantId, kind, emails, language, correlationId, facts });
    for (const email of emails) told.add(email);
  }

  const logFailure = (tenantId: string | null, { action }: AuditEvent, error: unknown): void =>
    log.error("alarm.raise.failed", { tenantId, action, error: toAppError(error) });

  /** An entry of the whole installation concerns every tenant. Each address gets one email. One tenant that fails stops no other. */
  async function raiseAll(event: AuditEvent, alarm: Alarm): Promise<void> {
    const told = new Set<string>();
    const tenantIds = event.tenantId === null ? (await tenants.list()).map(({ id }) => id) : [event.tenantId];
    for (const tenantId of tenantIds)
      await raise(tenantId, event, alarm, told).catch((error: unknown) => logFailure(tenantId, event, error));
  }

  return {
    async append(event) {
      await audit.append(event);
      const alarm = alarmOf(event);
      if (alarm === null) return;
      void raiseAll(event, alarm).catch((error: unknown) => logFailure(event.tenantId, event, error));
    },
  };
}

/**
 * Logs the tenants whose policy names no administrator, or cannot be read: no administrator there hears of an attack. It reads each
 * policy once, so that the node knows the administrators of a tenant whose policy is edited later. It never throws, because one
 * policy must not stop a node of all tenants.
 */
export async function warnOfDeafTenants({
  tenants,
  policy,
  log,
}: Pick<AdminAlarmsDeps, "tenants" | "policy" | "log">): Promise<void> {
  try {
    for (const { id } of await tenants.list()) await warnIfDeaf(id, { policy, log });
  } catch (error) {
    log.error("alarm.tenants.unknown", { error: toAppError(error) });
  }
}

async function warnIfDeaf(
  tenantId: string,
  { policy, log }: Pick<AdminAlarmsDeps, "policy" | "log">,
): Promise<void> {
  try {
    if ((await policy.forAlarms(tenantId)).policy.admins.emails.length === 0)
      log.warn("alarm.nobody", {
        tenantId,
        fix: "No administrator gets an email about an attack. Set admins.emails in the policy: latchkey policy apply",
      });
  } catch (error) {
    log.error("alarm.nobody", {
      tenantId,
      error: toAppError(error),
      fix: "The policy cannot be used, so this node does not know whom to tell of an attack. Set it again: latchkey policy apply",
    });
  }
}
