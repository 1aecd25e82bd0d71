/** Password writebacks as the agent does them: jobs come in, verdicts go out, and nothing is forgotten in between. */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { type ErrorCode, isAppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudBody } from "../../shared/protocol/frames.ts";
import type { SealingKeyPair } from "../../shared/sealing/hpke.ts";
import type { SignedJob } from "../../shared/sealing/job.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { Verdict } from "../../shared/writeback.ts";
import type { AgentConfig } from "../config.ts";
import type { Directory } from "../directory/directory.ts";
import type { PasswordLists } from "../password-lists/password-lists.ts";
import { applyJob, isOutdated } from "./apply-job.ts";
import { type BrakeLimit, createBrakes } from "./brakes.ts";
import type { CrashPoints } from "./crash-points.ts";
import { createJobQueue } from "./job-queue.ts";
import { openJournal } from "./journal.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { JournalEntry } from "./journal-state.ts";
import { createJobOpener, type JobOpener } from "./open-job.ts";
import { startOutcomes } from "./outcomes.ts";
import { createSettling, type Unsettled } from "./settle.ts";
import type { WritebackLink } from "./writeback-link.ts";

export interface WritebackStatus {
  readonly enabled: boolean;
  readonly journal: "ok" | "unavailable";
  /** Which limit stopped writing until somebody here releases it; null while writing goes on. */
  readonly brake: BrakeLimit | null;
  readonly writesLastHour: number;
  /** Jobs waiting or under way. */
  readonly jobs: number;
  /** Jobs reported `unknown` whose account is still being looked at. */
  readonly watched: number;
  readonly pendingOutcomes: number;
}

export interface Writeback extends Closable {
  /** Never throws and never waits; what cannot be done now is answered with `job.nack`. */
  offer(job: SignedJob): void;
  /** The cloud has stored the outcome. */
  ack(ack: CloudBody<"job.ack">): void;
  /** A new connection: outcomes go out again, and what a restart left open is taken up. */
  linkReady(): void;
  /** Outcomes that the cloud has not acknowledged. */
  readonly pendingOutcomes: number;
  status(): WritebackStatus;
  /** Lets writing go on after an hour's or a day's limit. */
  releaseBrake(): Promise<void>;
  /** Takes no more jobs and finishes those under way. Close it before the link, or their receipts wait for the next start. */
  close(): Promise<void>;
}

export interface WritebackOptions {
  readonly config: AgentConfig["writeback"];
  readonly directory: Pick<Directory, "account" | "applyPassword" | "checkSignIn">;
  readonly link: WritebackLink;
  readonly identity: {
    readonly agentId: string;
    readonly tenantId: string;
    readonly identityKey: SigningKey;
    /** Pinned at enrolment, base64url. */
    readonly issuerKey: string;
  };
  readonly sealingKeys: { find(keyId: string): SealingKeyPair | null };
  readonly stateDirectory: string;
  /** After a lost answer: how long the account is looked at before the verdict is `unknown`. */
  readonly graceMs: number;
  readonly log: Logger;
  readonly clock: Clock;
  /** For metrics: every verdict, corrections included. */
  readonly onVerdict?: (verdict: Verdict) => void;
  readonly crash?: CrashPoints;
  readonly files?: JournalFiles;
  readonly opener?: JobOpener;
  readonly passwordLists: Pick<PasswordLists, "refuse">;
}

/** Far above the credits an agent gives; a cloud that sends more is held off. */
const MAX_WAITING = 64;
/** A write that a restart left open is offered again by then; if not, the account is looked at without the password. */
const RESUME_ALONE_AFTER_MS = 30_000;
const DEFAULT_RETRY_MS = 1_000;
const RETRY_MS: Partial<Record<ErrorCode, number>> = {
  JOURNAL_UNAVAILABLE: 10_000,
  JOB_EXPIRED: MINUTE_MS,
  DIRECTORY_UNAVAILABLE: 2_000,
};

/** Throws JOURNAL_UNAVAILABLE when the journal is there and cannot be read. */
export async function startWriteback(options: WritebackOptions): Promise<Writeback> {
  const { config, directory, link, identity, passwordLists, graceMs, stateDirectory, log, clock } = options;
  const { crash = () => undefined, onVerdict, files } = options;
  const journal = await openJournal({ stateDirectory, agentId: identity.agentId, log, clock, files });
  const brakes = createBrakes({
    limits: config,
    engaged: journal.brake.engaged,
    writtenAt: journal
      .entries()
      .flatMap(({ sentAt }) => (sentAt !== null && sentAt > journal.brake.at ? [sentAt] : []))
      .sort((one, other) => one - other),
    now: () => clock.now(),
  });
  const closing = new AbortController();
  const outcomes = startOutcomes({ journal, link, identity, onVerdict, crash, log, clock });
  const settling = createSettling({ directory, graceMs, clock, closing: closing.signal });
  const opener = options.opener ?? createJobOpener(options);
  const queue = createJobQueue(config.concurrency);
  const underWay = new Set<string>();
  const watched = new Map<string, Promise<void>>();
  let resuming: Promise<void> | undefined;

  const deps = {
    config,
    directory,
    link,
    opener,
    passwordLists,
    journal,
    brakes,
    settling,
    outcomes,
    crash,
    log,
    clock,
    onUnknown: watch,
  };

  /** A nack says that nothing was sent. What may have been sent is offered again when the lease is over. */
  function nack(jobId: string, code: ErrorCode, retryAfterMs: number): void {
    if (journal.find(jobId)?.sentAt != null) return;
    try {
      link.send("job.nack", { jobId, code, retryAfterMs });
    } catch (error) {
      // The cloud offers it again when its lease is over.
      if (!isAppError(error, "LINK_CLOSED")) log.error("writeback.nack.failed", { jobId, error });
    }
  }

  function enqueue(jobId: string, userId: string, work: () => Promise<void>): void {
    underWay.add(jobId);
    queue.add(userId, async () => {
      try {
        await work();
      } catch (error) {
        giveBack(jobId, error);
      } finally {
        underWay.delete(jobId);
      }
    });
  }

  function giveBack(jobId: string, error: unknown): void {
    const { code, details } = toAppError(error);
    log.warn("writeback.job.given_back", { jobId, code, error });
    const asked = details["retryAfterMs"];
    nack(jobId, code, typeof asked === "number" ? asked : (RETRY_MS[code] ?? DEFAULT_RETRY_MS));
  }

  function watch(unsettled: Unsettled): void {
    const { order } = unsettled;
    const { jobId } = order;
    if (watched.has(jobId)) return;
    const looking = settling
      .watch(unsettled, () => isOutdated(order, journal))
      .then((verdict) => (verdict === null ? undefined : outcomes.decide(order, verdict)))
      .catch((error: unknown) => log.error("writeback.watch.failed", { jobId, error }))
      .finally(() => watched.delete(jobId));
    watched.set(jobId, looking);
  }

  /** Written, perhaps, before a restart; and the cloud has not offered it again. */
  async function resumeAlone(): Promise<void> {
    await clock.sleep(RESUME_ALONE_AFTER_MS, closing.signal);
    if (closing.signal.aborted) return;
    for (const { jobId, order, mark } of journal.entries().filter(isOpenWrite)) {
      if (order === null || underWay.has(jobId)) continue;
      enqueue(jobId, order.userId, async () => {
        if (journal.find(jobId)?.receipt != null) return;
        const unsettled = { order, before: mark, passwords: null, mayHaveSent: () => true };
        const { verdict, mayLearnMore } = await settling.settle(unsettled);
        await outcomes.decide(order, verdict);
        if (mayLearnMore) watch(unsettled);
      });
    }
  }

  return {
    offer(job) {
      const { jobId, userId } = job.order;
      if (underWay.has(jobId)) return; // offered twice
      if (closing.signal.aborted) nack(jobId, "AGENT_OFFLINE", DEFAULT_RETRY_MS);
      else if (queue.size >= MAX_WAITING) nack(jobId, "RATE_LIMITED", DEFAULT_RETRY_MS);
      else enqueue(jobId, userId, () => applyJob(job, deps));
    },
    ack: (ack) => outcomes.acknowledged(ack),
    linkReady() {
      outcomes.resendAll();
      for (const { jobId, sentAt, receipt, end } of journal.entries()) {
        if (sentAt !== null || receipt !== null || end !== null || underWay.has(jobId)) continue;
        // Interrupted before anything was sent: nobody needs to wait for the end of its lease.
        nack(jobId, "AGENT_OFFLINE", 0);
        void journal.closed(jobId); // never rejects
      }
      resuming ??= resumeAlone().finally(() => {
        resuming = undefined;
      });
    },
    get pendingOutcomes() {
      return outcomes.pending;
    },
    status: () => ({
      enabled: config.enabled,
      journal: journal.isAvailable ? "ok" : "unavailable",
      brake: brakes.engaged,
      writesLastHour: brakes.writesLastHour(),
      jobs: queue.size,
      watched: watched.size,
      pendingOutcomes: outcomes.pending,
    }),
    async releaseBrake() {
      brakes.release();
      await journal.setBrake(null);
      log.warn("writeback.brake.released");
    },
    async close() {
      closing.abort();
      await queue.idle();
      await Promise.all(watched.values());
      await resuming;
      await outcomes.close();
      await journal.close();
    },
  };
}

const isOpenWrite = ({ sentAt, receipt, end }: JournalEntry): boolean =>
  sentAt !== null && receipt === null && end === null;
