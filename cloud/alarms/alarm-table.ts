/** The audit entries that administrators get an email about: each action that weakens an installation or signals an attack. Pure. */
import { type Scope, scopesSchema } from "../../shared/api/scopes.ts";
import type { AuditEvent } from "../audit/audit.ts";
import type { AlarmEvent, NoticeFacts } from "../notify/notifier.ts";
import type { NoticeKind } from "../store/delivery-record.ts";

export interface Alarm {
  readonly kind: NoticeKind;
  readonly facts: NoticeFacts;
  /** Emails about entries with the same pace are limited together. */
  readonly pace: string;
  /** Most emails an hour with this pace. Null: every entry gets one. */
  readonly perHour: number | null;
}

/** Entries that a stranger can cause, or that repeat for as long as their cause lasts. */
const ONCE = 1;
/** Entries that only an API key can cause. A thief of a key must not be able to fill a mailbox either. */
const SOME = 5;

/** Settings whose change lets more happen without an approval, or decides which tenant a user name belongs to. */
const PROTECTIVE_SETTINGS: ReadonlySet<string> = new Set(["deleteMinimum", "deletePercent", "domains"]);

const factOf =
  ({ details = {} }: AuditEvent) =>
  (name: string): string =>
    String(details[name] ?? "");
const listOf = (text: string): string[] => text.split(",").filter((part) => part !== "");
const nameOf = (actor: string): string => actor.replace(/^agent:/, "");

/** The general email: `event` says what happened, `summary` what it was about. */
function securityEvent(event: AlarmEvent, perHour: number, summary = ""): (entry: AuditEvent) => Alarm {
  return ({ actor, subject }) => ({
    kind: "admin_security_event",
    facts: { event, by: actor, summary: [subject ?? "", summary].filter((part) => part !== "").join(", ") },
    pace: event,
    perHour,
  });
}

const isPowerful = (scopes: readonly Scope[]): boolean => scopes.some((scope) => !scope.endsWith(":read"));

function powerfulKey(event: AlarmEvent): (entry: AuditEvent) => Alarm | null {
  return (entry) => {
    const scopes = factOf(entry)("scopes");
    // An entry without known scopes is told as well: a missing detail must not silence an alarm.
    const { data } = scopesSchema.safeParse(listOf(scopes));
    return data === undefined || isPowerful(data) ? securityEvent(event, SOME, scopes)(entry) : null;
  };
}

/** By action, so that an action of another room needs a row here and nothing else. */
const TABLE: Readonly<Record<string, (entry: AuditEvent) => Alarm | null>> = {
  "agent.enrolled": (entry) => {
    const fact = factOf(entry);
    return {
      kind: "admin_agent_enrolled",
      facts: { agentName: fact("name"), hostName: fact("hostName"), fingerprint: fact("fingerprint") },
      pace: "",
      perHour: null, // a token is used once
    };
  },
  "sync.held": (entry) => ({
    kind: "admin_deletes_held",
    facts: { count: factOf(entry)("held") },
    pace: "",
    perHour: null, // a source waits for the decision before it holds more
  }),
  "sync.names_shared": (entry) => securityEvent("names_shared", ONCE, factOf(entry)("names"))(entry),
  "writeback.decided": ({ actor, code }) =>
    code === "BRAKE_ENGAGED"
      ? { kind: "admin_brake_engaged", facts: { agentName: nameOf(actor) }, pace: actor, perHour: ONCE }
      : null,
  "agent.other_directory": (entry) => ({
    kind: "admin_other_directory",
    facts: { agentName: nameOf(entry.actor), directory: factOf(entry)("directory") },
    pace: entry.actor,
    perHour: ONCE,
  }),
  "agent.approved": securityEvent("agent_approved", SOME),
  "agent.revoked": securityEvent("agent_revoked", SOME),
  "agent.locked": securityEvent("agent_locked", SOME),
  "agent.ahead": securityEvent("agent_ahead", ONCE),
  "agent.sessions.swapped": securityEvent("agent_sessions_swapped", ONCE),
  "api_key.created": powerfulKey("key_created"),
  "api_key.revoked": powerfulKey("key_revoked"),
  "tenant.changed": (entry) => {
    const fields = listOf(factOf(entry)("fields")).filter((field) => PROTECTIVE_SETTINGS.has(field));
    const values = factOf(entry)("values");
    return fields.length === 0
      ? null
      : securityEvent("settings_changed", SOME, values === "" ? fields.join(", ") : values)(entry);
  },
  "source.removal_requested": securityEvent("source_removed", SOME),
  "audit.broken": (entry) => securityEvent("audit_broken", ONCE, factOf(entry)("problem"))(entry),
  "records.sealed": securityEvent("records_sealed", SOME),
  "record.refused": (entry) => securityEvent("record_refused", ONCE, factOf(entry)("kind"))(entry),
  "limit.engaged": (entry) => {
    const limit = factOf(entry)("limit");
    return { ...securityEvent("limit_engaged", ONCE, limit)(entry), pace: `limit_engaged/${limit}` };
  },
  "sign_in.spray": securityEvent("sign_in_spray", ONCE),
};

/** Null for an entry that administrators need no email about. */
export const alarmOf = (entry: AuditEvent): Alarm | null =>
  Object.hasOwn(TABLE, entry.action) ? (TABLE[entry.action]?.(entry) ?? null) : null;
