/** Signs receipts in a chain, records them, and sends them again until the cloud has them. */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { isAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudBody } from "../../shared/protocol/frames.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import { hashReceipt, type Receipt, signReceipt } from "../../shared/sealing/receipt.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { Verdict } from "../../shared/writeback.ts";
import type { CrashPoints } from "./crash-points.ts";
import type { Journal } from "./journal.ts";
import type { WritebackLink } from "./writeback-link.ts";

export interface OutcomesDeps {
  readonly journal: Journal;
  readonly link: WritebackLink;
  readonly identity: {
    readonly agentId: string;
    readonly tenantId: string;
    readonly identityKey: SigningKey;
  };
  readonly onVerdict?: ((verdict: Verdict) => void) | undefined;
  readonly crash: CrashPoints;
  readonly log: Logger;
  readonly clock: Clock;
}

const RESEND_AFTER_MS = 5_000;
const RESEND_AFTER_MAX_MS = MINUTE_MS;

/** Reads from the journal the receipts that the cloud has not acknowledged, and starts sending them again. */
export function startOutcomes(deps: OutcomesDeps): Outcomes {
  const outcomes = new Outcomes(deps);
  outcomes.start();
  return outcomes;
}

/**
 * A receipt:
 *
 *   (decide)──► unacknowledged ──(the cloud acknowledges this very receipt)──► gone
 *                 └── sent at once, with every new connection, and again after 5, 10, 20 … 60 seconds
 */
class Outcomes implements Closable {
  readonly #deps: OutcomesDeps;
  readonly #closing = new AbortController();
  /** Job id → the latest receipt of the job. */
  readonly #unacknowledged = new Map<string, Receipt>();
  #resending: Promise<void> | undefined;

  constructor(deps: OutcomesDeps) {
    this.#deps = deps;
    for (const { jobId, receipt, end } of deps.journal.entries())
      if (receipt !== null && end === null) this.#unacknowledged.set(jobId, receipt);
  }

  /** Called once, by `startOutcomes`. */
  start(): void {
    if (this.#unacknowledged.size > 0) this.#keepResending();
  }

  /** Number of receipts that the cloud has not acknowledged. */
  get pending(): number {
    return this.#unacknowledged.size;
  }

  /** Signs, stores and sends a receipt. A second verdict for a job replaces only `unknown`; otherwise nothing happens. */
  async decide({ jobId, userId }: Pick<JobOrder, "jobId" | "userId">, verdict: Verdict): Promise<void> {
    const { journal, identity, clock, crash, log, onVerdict } = this.#deps;
    const known = journal.find(jobId)?.receipt?.verdict.state;
    if (known !== undefined && (known !== "unknown" || verdict.state === "unknown")) return;
    const { agentId, tenantId, identityKey } = identity;
    const receipt = signReceipt(identityKey, {
      jobId,
      tenantId,
      userId,
      agentId,
      verdict,
      decidedAt: clock.now(),
      previous: journal.lastReceipt,
    });
    this.#unacknowledged.set(jobId, receipt);
    await journal.outcome(receipt);
    crash("after_outcome");
    const { state, code, server, verified } = verdict;
    log.info("writeback.job.decided", { jobId, userId, state, code, server, verified });
    onVerdict?.(verdict);
    this.#send(receipt);
    this.#keepResending();
  }

  /** Sends the receipt of this job again. */
  resend(jobId: string): void {
    const receipt = this.#deps.journal.find(jobId)?.receipt;
    if (receipt != null) this.#send(receipt);
  }

  /** Sends every unacknowledged receipt again, because those sent on the old connection may be lost. */
  resendAll(): void {
    for (const receipt of this.#unacknowledged.values()) this.#send(receipt);
  }

  /** Compares hashes, since a corrected receipt still waits after the answer to the one before it. */
  acknowledged({ jobId, receipt }: CloudBody<"job.ack">): void {
    const waiting = this.#unacknowledged.get(jobId);
    if (waiting === undefined || hashReceipt(waiting) !== receipt) return;
    if (this.#closing.signal.aborted) return; // the journal is about to close: the agent sends it again after its next start
    this.#deps.crash("before_ack");
    this.#unacknowledged.delete(jobId);
    this.#deps.journal.acked(jobId);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#resending;
  }

  #send(receipt: Receipt): void {
    const { link, log } = this.#deps;
    try {
      link.send("job.outcome", { receipt });
    } catch (error) {
      // The receipt is sent with the next connection. Any other error would be a bug.
      if (!isAppError(error, "LINK_CLOSED"))
        log.error("writeback.outcome.not_sent", { jobId: receipt.jobId, error });
    }
  }

  #keepResending(): void {
    this.#resending ??= this.#resendUntilAcknowledged().finally(() => (this.#resending = undefined));
  }

  async #resendUntilAcknowledged(): Promise<void> {
    let waitMs = RESEND_AFTER_MS;
    while (this.#unacknowledged.size > 0) {
      await this.#deps.clock.sleep(waitMs, this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      this.resendAll();
      waitMs = Math.min(waitMs * 2, RESEND_AFTER_MAX_MS);
    }
  }
}
export type { Outcomes };
