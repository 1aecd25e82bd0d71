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
  readonly policy: Pick<PolicyService, "get">;
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

  async function raise(
    tenantId: string,
    event: AuditEvent,
    { kind, facts }: Alarm,
    emails: readonly string[],
  ) {
    const { language } = (await policy.get(tenantId)).policy;
    const correlationId = event.correlationId ?? event.subject?.replace(/^\w+:/, "") ?? tenantId;
    await notifier.notify({ tenantId, kind, emails, language, correlationId, facts });
  }

  /** An entry of the whole installation concerns every tenant. Each address gets one email. */
  async function raiseAll(event: AuditEvent, alarm: Alarm): Promise<void> {
    const told = new Set<string>();
    const tenantIds = event.tenantId === null ? (await tenants.list()).map(({ id }) => id) : [event.tenantId];
    for (const tenantId of tenantIds) {
      const { admins } = (await policy.get(tenantId)).policy;
      const emails = admins.emails.filter((email) => !told.has(email)).slice(0, MAX_ADDRESSES - told.size);
      if (emails.length === 0) continue;
      if (alarm.perHour !== null) {
        const pace = adminAlarms(alarm.kind, alarm.pace, alarm.perHour);
        if ((await limits.take(tenantId, [pace])) !== null) continue;
      }
      for (const email of emails) told.add(email);
      await raise(tenantId, event, alarm, emails);
    }
  }

  return {
    async append(event) {
      await audit.append(event);
      const alarm = alarmOf(event);
      if (alarm === null) return;
      void raiseAll(event, alarm).catch((error: unknown) =>
        log.error("alarm.raise.failed", {
          tenantId: event.tenantId,
          action: event.action,
          error: toAppError(error),
        }),
      );
    },
  };
}

/** Logs the tenants whose policy names no administrator: nobody there hears of an attack. */
export async function warnOfDeafTenants({
  tenants,
  policy,
  log,
}: Pick<AdminAlarmsDeps, "tenants" | "policy" | "log">) {
  for (const { id } of await tenants.list())
    if ((await policy.get(id)).policy.admins.emails.length === 0)
      log.warn("alarm.nobody", {
        tenantId: id,
        fix: "No administrator gets an email about an attack. Set admins.emails in the policy: latchkey policy apply",
      });
}
