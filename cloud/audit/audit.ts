/** The interface of the audit log, which is all that most rooms need. The chains are in audit-log.ts and chain-writer.ts. */
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
  "agent.ahead",
  "agent.connected",
  "agent.disconnected",
  "agent.sessions.swapped",
  "agent.other_directory",
  "source.renamed",
  "source.removal_requested",
  "source.removed",
  "agent.sealing_key.announced",
  "sync.requested",
  "sync.finished",
  "sync.held",
  /** A run brought many names that users of another source have. */
  "sync.names_shared",
  "sync.approved",
  "sync.discarded",
  "writeback.submitted",
  "writeback.cancelled",
  "writeback.decided",
  "writeback.corrected",
  "policy.applied",
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
  "person.signed_out",
  "limit.engaged",
  "sign_in.spray",
  "limit.lifted",
  "message.tested",
  "registration.signed_in",
  "registration.admin_asked",
  "registration.sign_in_failed",
  "registration.changed",
  /** A change of methods by a person who proved nothing but the password. It may be somebody who has only the password. */
  "registration.changed_unproven",
  "registration.confirmed",
  "registration.proven",
  "registration.proof_failed",
  "password.change_submitted",
  "audit.trimmed",
  "audit.broken",
  "record.refused",
  "records.sealed",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/**
 * Portal actions whose entries no request waits for. Such entries are written in batches, see BATCH_MS in
 * chain-writer.ts.
 */
export const BATCHED_ACTIONS: ReadonlySet<AuditAction> = new Set([
  "attempt.proven",
  "attempt.failed",
  "attempt.blocked",
  "attempt.impossible",
  "attempt.submitted",
  "otp.sent",
  "otp.withheld",
]);

export interface AuditEvent {
  /** Null for the whole installation. */
  readonly tenantId: string | null;
  readonly action: AuditAction;
  /** `key:<id>`, `agent:<id>`, `attempt:<id>` or `registration:<id>` (a user at a portal), or `system`. */
  readonly actor: string;
  /** `user:<id>`, `agent:<id>`, `job:<id>`, `run:<id>`, …; null where there is none. */
  readonly subject: string | null;
  readonly outcome: "done" | "refused" | "failed";
  readonly code?: ErrorCode | null;
  /** Links the entry to the logs of portal, queue, agent and directory: a jobId, runId or requestId. */
  readonly correlationId?: string | null;
  /** Public facts only; never a phone number, an address, a name of a user or a secret. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface Audit {
  /** Resolves when the entry is in the chain. */
  append(event: AuditEvent): Promise<void>;
}
