/** Receipts: signed in a chain, written down, and sent again until the cloud has them. */
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

export interface Outcomes extends Closable {
  readonly pending: number;
  /** Signs, keeps and sends. A second verdict for a job replaces only `unknown`; otherwise nothing happens. */
  decide(order: Pick<JobOrder, "jobId" | "userId">, verdict: Verdict): Promise<void>;
  /** Sends the receipt of this job again. */
  resend(jobId: string): void;
  /** A new connection: what was sent on the old one may be lost. */
  resendAll(): void;
  /** A corrected receipt still waits after the answer to the one before it. */
  acknowledged(ack: CloudBody<"job.ack">): void;
}

export interface OutcomesOptions {
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

export function startOutcomes(options: OutcomesOptions): Outcomes {
  const { journal, link, identity, onVerdict, crash, log, clock } = options;
  const closing = new AbortController();
  const unacknowledged = new Map<string, Receipt>();
  let resending: Promise<void> | undefined;

  for (const { jobId, receipt, end } of journal.entries())
    if (receipt !== null && end === null) unacknowledged.set(jobId, receipt);

  function send(receipt: Receipt): void {
    try {
      link.send("job.outcome", { receipt });
    } catch (error) {
      // It goes out with the next connection. Anything else would be a fault of ours.
      if (!isAppError(error, "LINK_CLOSED"))
        log.error("writeback.outcome.not_sent", { jobId: receipt.jobId, error });
    }
  }

  async function resendUntilAcknowledged(): Promise<void> {
    let waitMs = RESEND_AFTER_MS;
    while (unacknowledged.size > 0) {
      await clock.sleep(waitMs, closing.signal);
      if (closing.signal.aborted) return;
      for (const receipt of unacknowledged.values()) send(receipt);
      waitMs = Math.min(waitMs * 2, RESEND_AFTER_MAX_MS);
    }
  }
  function keepResending(): void {
    resending ??= resendUntilAcknowledged().finally(() => {
      resending = undefined;
    });
  }
  if (unacknowledged.size > 0) keepResending();

  return {
    get pending() {
      return unacknowledged.size;
    },
    async decide({ jobId, userId }, verdict) {
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
      unacknowledged.set(jobId, receipt);
      await journal.outcome(receipt);
      crash("after_outcome");
      const { state, code, server, verified } = verdict;
      log.info("writeback.job.decided", { jobId, userId, state, code, server, verified });
      onVerdict?.(verdict);
      send(receipt);
      keepResending();
    },
    resend(jobId) {
      const receipt = journal.find(jobId)?.receipt;
      if (receipt != null) send(receipt);
    },
    resendAll() {
      for (const receipt of unacknowledged.values()) send(receipt);
    },
    acknowledged({ jobId, receipt }) {
      const waiting = unacknowledged.get(jobId);
      if (waiting === undefined || hashReceipt(waiting) !== receipt) return;
      if (closing.signal.aborted) return; // the journal is about to close: the next life sends it again
      crash("before_ack");
      unacknowledged.delete(jobId);
      journal.acked(jobId);
    },
    async close() {
      closing.abort();
      await resending;
    },
  };
}
