/** What is written down for good. The chain itself is in audit-log.ts; everybody else needs only this. */
import type { ErrorCode } from "../../shared/errors.ts";

export const AUDIT_ACTIONS = [
  "tenant.created",
  "tenant.changed",
  "api_key.created",
  "api_key.revoked",
  "enrollment.created",
  "enrollment.refused",
  "enrollment.revoked",
  "agent.enrolled",
  "agent.approved",
  "agent.revoked",
  "agent.locked",
  "agent.connected",
  "agent.disconnected",
  "agent.sessions.swapped",
  "agent.sealing_key.announced",
  "sync.requested",
  "sync.finished",
  "sync.held",
  "sync.approved",
  "sync.discarded",
  "writeback.submitted",
  "writeback.cancelled",
  "writeback.decided",
  "writeback.corrected",
  "policy.applied",
  "attempt.started",
  "attempt.proven",
  "attempt.failed",
  "attempt.blocked",
  "attempt.impossible",
  "attempt.submitted",
  "attempt.admin_asked",
  "otp.sent",
  "otp.withheld",
  "breaker.opened",
  "person.unblocked",
  "registration.signed_in",
  "registration.admin_asked",
  "registration.sign_in_failed",
  "registration.changed",
  "registration.confirmed",
  "password.change_submitted",
  "audit.trimmed",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What happens at a portal while nobody waits for the entry: it may come into the chain a moment later than others. */
export const PATIENT_ACTIONS: ReadonlySet<AuditAction> = new Set([
  "attempt.started",
  "attempt.proven",
  "attempt.failed",
  "attempt.blocked",
  "attempt.impossible",
  "attempt.submitted",
  "otp.sent",
  "otp.withheld",
]);

export interface AuditEvent {
  /** Null for what concerns the whole installation. */
  readonly tenantId: string | null;
  readonly action: AuditAction;
  /** `key:<id>`, `agent:<id>`, `attempt:<id>` or `registration:<id>` (a person at a portal), `system`. */
  readonly actor: string;
  /** `user:<id>`, `agent:<id>`, `job:<id>`, `run:<id>`, …; null where there is none. */
  readonly subject: string | null;
  readonly outcome: "done" | "refused" | "failed";
  readonly code?: ErrorCode | null;
  /** The one id that runs through portal, queue, agent and directory: a jobId, runId or requestId. */
  readonly correlationId?: string | null;
  /** Public facts only; never a number, an address, a name or a secret. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface Audit {
  /** Resolves when the entry is in the chain. */
  append(event: AuditEvent): Promise<void>;
}
