/** Writeback as the rest of the cloud sees it: asked for by the API, carried by the delivery, answered by the agents. */
import type { AgentBody, CloudBody } from "../../shared/protocol/frames.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import type { JobOrder, SealedPassword, SealingKeyRecord } from "../../shared/sealing/job.ts";
import type { Passwords } from "../../shared/sealing/password.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { Operation } from "../../shared/writeback.ts";
import type { JobRecord } from "../store/job-record.ts";

/** What is wanted for whom. The caller has made sure that the user exists. */
export interface WritebackRequest {
  readonly userId: string;
  readonly operation: Operation;
  /** Only a reset can ask for it. */
  readonly mustChange: boolean;
  /** Only a reset can choose: `unlock` always does, `change` never. */
  readonly unlock: boolean;
  /** What the person proved, e.g. ["sms"]; ["api"] for a service. */
  readonly methods: readonly string[];
}

/** An order to seal a password for, wherever that happens. Good until order.notAfter; stored nowhere. */
export interface WritebackDraft {
  readonly order: JobOrder;
  /** Seal to each. None for `unlock`, which carries no password. */
  readonly recipients: readonly SealingKeyRecord[];
  /** The issuer's word that it made this order. */
  readonly token: string;
}

export interface SubmitOptions {
  /** For the record and the audit, e.g. `key:<id>`. */
  readonly requestedBy: string;
  /** Remembered for a day, apart for each requestedBy. */
  readonly idempotencyKey?: string;
}

export interface SealedSubmission extends SubmitOptions {
  readonly kind: "sealed";
  readonly order: JobOrder;
  readonly token: string;
  readonly sealed: readonly SealedPassword[];
}

/** Sealed here. No passwords for `unlock`, the old one only for `change`. */
export interface PlainSubmission extends SubmitOptions {
  readonly kind: "plain";
  readonly request: WritebackRequest;
  readonly passwords: Passwords | null;
}

export type Submission = SealedSubmission | PlainSubmission;

/** What the delivery needs of a connected agent's session; the gateway's AgentSession fits. */
export interface OfferSession {
  readonly tenantId: string;
  readonly agentId: string;
  /** Jobs it takes at a time; 0 when it shall get none any more. */
  readonly credits: number;
  readonly approved: boolean;
  readonly writebackEnabled: boolean;
  /** What it proved who it is with, and what it signs receipts with. Ed25519, base64url. */
  readonly identityKey: string;
  /** Throws LINK_CLOSED. */
  send(type: "job.offer", body: CloudBody<"job.offer">): unknown;
}

export type ClaimAnswer =
  | { readonly type: "job.grant"; readonly body: CloudBody<"job.grant"> }
  | { readonly type: "job.deny"; readonly body: CloudBody<"job.deny"> };

export interface WritebackService extends Closable {
  /** `suite`: what the caller can seal with; x25519 when left out. Throws AGENT_OFFLINE. */
  draft(tenantId: string, request: WritebackRequest, suite?: Suite): Promise<WritebackDraft>;
  /**
   * Stores and queues the job; its verdict comes later. The same submission under the same idempotency key, or of the same
   * draft, gives the same job. Throws AGENT_OFFLINE (nothing is stored), QUEUE_FULL, IDEMPOTENCY_CONFLICT,
   * WRITEBACK_DRAFT_INVALID, NOT_SEALED_TO_AGENT, PASSWORD_EMPTY, PASSWORD_TOO_LONG, REQUEST_INVALID.
   */
  submit(tenantId: string, submission: Submission): Promise<{ readonly id: string }>;
  /** The record when it is final, or as it stands after `withinMs` or at the signal. Throws WRITEBACK_UNKNOWN. */
  waitForVerdict(tenantId: string, jobId: string, withinMs: number, signal?: AbortSignal): Promise<JobRecord>;
  /** Throws WRITEBACK_UNKNOWN, RECORD_CORRUPT. */
  get(tenantId: string, jobId: string): Promise<JobRecord>;
  /** Newest first. */
  listForUser(tenantId: string, userId: string): Promise<JobRecord[]>;
  list(tenantId: string, limit: number): Promise<JobRecord[]>;
  /** The record afterwards: cancelled, or final already. Throws WRITEBACK_UNKNOWN, JOB_GRANTED. */
  cancel(tenantId: string, jobId: string, requestedBy: string): Promise<JobRecord>;

  // What the gateway calls. Frames about one job come one after the other.
  /** Throws AGENT_NOT_APPROVED, WRITEBACK_DISABLED. */
  claim(session: OfferSession, body: AgentBody<"job.claim">): Promise<ClaimAnswer>;
  nack(session: OfferSession, body: AgentBody<"job.nack">): Promise<void>;
  /** Resolved: stored, the agent may forget it. Throws AGENT_PROOF_INVALID, AGENT_NOT_APPROVED. */
  outcome(session: OfferSession, body: AgentBody<"job.outcome">): Promise<void>;
  /** Connected, or approved while connected. */
  sessionReady(session: OfferSession): void;
  sessionGone(session: OfferSession): void;
}
