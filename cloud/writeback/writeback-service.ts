/** The writeback service, as the API, the portals and the gateway use it. */
import type { AgentBody, CloudBody } from "../../shared/protocol/frames.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import type { JobOrder, SealedPassword, SealingKeyRecord } from "../../shared/sealing/job.ts";
import type { Passwords } from "../../shared/sealing/password.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { Operation } from "../../shared/writeback.ts";
import type { JobRecord } from "../store/job-record.ts";

/** A requested writeback. The caller has checked that the user exists. */
export interface WritebackRequest {
  readonly userId: string;
  readonly operation: Operation;
  /** The user must choose another password at the next sign-in. Only for `reset`. */
  readonly mustChange: boolean;
  /** Unlock the account too. Only `reset` has the choice: `unlock` always does, `change` never. */
  readonly unlock: boolean;
  /** The methods that the user has proved, e.g. ["text"]; ["api"] for a service. */
  readonly methods: readonly string[];
}

/** An order that a password is sealed for, by a browser or a service. Valid until order.notAfter. It is not stored. */
export interface WritebackDraft {
  readonly order: JobOrder;
  /** The password must be sealed to each of them. Empty for `unlock`, which carries no password. */
  readonly recipients: readonly SealingKeyRecord[];
  /** Proves that this cloud made the order. */
  readonly token: string;
}

export interface SubmitOptions {
  /** For the record and the audit, e.g. `key:<id>`. */
  readonly requestedBy: string;
  /** Kept for a day, separately for each requestedBy. */
  readonly idempotencyKey?: string;
}

export interface SealedSubmission extends SubmitOptions {
  readonly kind: "sealed";
  readonly order: JobOrder;
  readonly token: string;
  readonly sealed: readonly SealedPassword[];
}

/** Passwords that are sealed here. Null for `unlock`; the old password only for `change`. */
export interface PlainSubmission extends SubmitOptions {
  readonly kind: "plain";
  readonly request: WritebackRequest;
  readonly passwords: Passwords | null;
}

export type Submission = SealedSubmission | PlainSubmission;

/** The part of AgentSession that writeback needs. */
export interface OfferSession {
  readonly tenantId: string;
  readonly agentId: string;
  /** Jobs that the agent takes at a time. 0 when it must get no more. */
  readonly credits: number;
  readonly approved: boolean;
  readonly writebackEnabled: boolean;
  /** The source that the agent serves now; null for none. It gets jobs of this one alone. */
  readonly source: number | null;
  /** The key that the agent has proved its identity with and signs receipts with. Ed25519, base64url. */
  readonly identityKey: string;
  /** Throws LINK_CLOSED. */
  send(type: "job.offer", body: CloudBody<"job.offer">): unknown;
}

export type ClaimAnswer =
  | { readonly type: "job.grant"; readonly body: CloudBody<"job.grant"> }
  | { readonly type: "job.deny"; readonly body: CloudBody<"job.deny"> };

export interface WritebackService extends Closable {
  /** `suite`: the cipher suite that the caller can seal with; x25519 when left out. Throws AGENT_OFFLINE. */
  draft(tenantId: string, request: WritebackRequest, suite?: Suite): Promise<WritebackDraft>;
  /**
   * Stores and queues the job; its verdict follows. The same submission under the same idempotency key, or of the same
   * draft, gives the same job. Throws AGENT_OFFLINE (nothing is stored), QUEUE_FULL, IDEMPOTENCY_CONFLICT,
   * WRITEBACK_DRAFT_INVALID, NOT_SEALED_TO_AGENT, PASSWORD_EMPTY, PASSWORD_TOO_LONG, REQUEST_INVALID.
   */
  submit(tenantId: string, submission: Submission): Promise<{ readonly id: string }>;
  /** Resolves to the record when it is final, or as it is after `withinMs` or at the signal. Throws WRITEBACK_UNKNOWN. */
  waitForVerdict(tenantId: string, jobId: string, withinMs: number, signal?: AbortSignal): Promise<JobRecord>;
  /** Throws WRITEBACK_UNKNOWN, RECORD_CORRUPT. */
  get(tenantId: string, jobId: string): Promise<JobRecord>;
  /** Newest first. */
  listForUser(tenantId: string, userId: string): Promise<JobRecord[]>;
  list(tenantId: string, limit: number): Promise<JobRecord[]>;
  /** Resolves to the record, which is cancelled now or was final already. Throws WRITEBACK_UNKNOWN, JOB_GRANTED. */
  cancel(tenantId: string, jobId: string, requestedBy: string): Promise<JobRecord>;

  // Called by the gateway. Frames about one job are passed one after the other.
  /** Throws AGENT_NOT_APPROVED, WRITEBACK_DISABLED. */
  claim(session: OfferSession, body: AgentBody<"job.claim">): Promise<ClaimAnswer>;
  nack(session: OfferSession, body: AgentBody<"job.nack">): Promise<void>;
  /** Resolves when the outcome is stored: the agent may forget it. Throws AGENT_PROOF_INVALID, AGENT_NOT_APPROVED. */
  outcome(session: OfferSession, body: AgentBody<"job.outcome">): Promise<void>;
  /** Called when the agent has connected, or was approved while connected. */
  sessionReady(session: OfferSession): void;
  sessionGone(session: OfferSession): void;
}
