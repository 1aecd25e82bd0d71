/** Emails a tenant's administrators about important audit entries, so that they need not search for them. */
import { toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Audit, AuditEvent } from "../audit/audit.ts";
import { agentAlarms } from "../limits/requests.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import type { NoticeKind } from "../store/delivery-record.ts";
import type { Limits } from "../store/limits.ts";

export interface AdminAlarmsDeps {
  readonly audit: Audit;
  readonly policy: Pick<PolicyService, "get">;
  readonly notifier: Pick<Notifier, "notify">;
  readonly limits: Pick<Limits, "take">;
  readonly log: Logger;
}

/** An agent repeats these for as long as the cause lasts. */
const REPEATED: ReadonlySet<NoticeKind> = new Set(["admin_brake_engaged", "admin_other_directory"]);

interface Alarm {
  readonly kind: NoticeKind;
  readonly facts: Readonly<Record<string, string>>;
}

/** Wraps an audit log. An alarm that cannot be sent is logged; the audit entry is written in any case. */
export function withAdminAlarms({ audit, policy, notifier, limits, log }: AdminAlarmsDeps): Audit {
  async function raise(tenantId: string, event: AuditEvent, { kind, facts }: Alarm): Promise<void> {
    const { admins, language } = (await policy.get(tenantId)).policy;
    if (admins.emails.length === 0) return;
    if (REPEATED.has(kind) && (await limits.take(tenantId, [agentAlarms(kind, event.actor)])) !== null)
      return;
    const correlationId = event.correlationId ?? event.subject?.replace(/^\w+:/, "") ?? tenantId;
    await notifier.notify({ tenantId, kind, emails: admins.emails, language, correlationId, facts });
  }

  return {
    async append(event) {
      await audit.append(event);
      const alarm = alarmOf(event);
      if (alarm === null || event.tenantId === null) return;
      const { tenantId } = event;
      void raise(tenantId, event, alarm).catch((error: unknown) =>
        log.error("alarm.raise.failed", { tenantId, kind: alarm.kind, error: toAppError(error) }),
      );
    },
  };
}

function alarmOf({ action, code, details = {}, actor }: AuditEvent): Alarm | null {
  const fact = (name: string): string => String(details[name] ?? "");
  if (action === "agent.enrolled")
    return {
      kind: "admin_agent_enrolled",
      facts: { agentName: fact("name"), hostName: fact("hostName"), fingerprint: fact("fingerprint") },
    };
  if (action === "sync.held") return { kind: "admin_deletes_held", facts: { count: fact("held") } };
  if (action === "writeback.decided" && code === "BRAKE_ENGAGED")
    return { kind: "admin_brake_engaged", facts: { agentName: actor.replace(/^agent:/, "") } };
  if (action === "agent.other_directory")
    return {
      kind: "admin_other_directory",
      facts: { agentName: actor.replace(/^agent:/, ""), directory: fact("directory") },
    };
  return null;
}
