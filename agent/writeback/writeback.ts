/**
 * Takes password jobs from the cloud, applies them to the directory and sends back verdicts. No job is lost in between.
 */
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
import { applyJob, type ApplyJobDeps, isOutdated } from "./apply-job.ts";
import { type BrakeLimit, Brakes, type SentWrite } from "./brakes.ts";
import type { CrashPoints } from "./crash-points.ts";
import { JobQueue } from "./job-queue.ts";
import { type Journal, openJournal } from "./journal.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { JournalEntry } from "./journal-state.ts";
import { createJobOpener, type JobOpener } from "./open-job.ts";
import { type Outcomes, startOutcomes } from "./outcomes.ts";
import { createSettling, type Settling, type Unsettled } from "./settle.ts";
import type { WritebackLink } from "./writeback-link.ts";

export interface WritebackStatus {
  readonly enabled: boolean;
  readonly journal: "ok" | "unavailable";
  /** The limit that stopped writing until an administrator releases it on this host; null while writing goes on. */
  readonly brake: BrakeLimit | null;
  readonly writesLastHour: number;
  /** Jobs that wait or run. */
  readonly jobs: number;
  /** Jobs reported `unknown` whose account is still being looked at. */
  readonly watched: number;
  readonly pendingOutcomes: number;
}

export interface WritebackDeps {
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
  /** After a lost answer: how long the account is read again before the verdict is `unknown`. */
  readonly graceMs: number;
  readonly log: Logger;
  readonly clock: Clock;
  /** For metrics: called with every verdict, corrections included. */
  readonly onVerdict?: (verdict: Verdict) => void;
  readonly crash?: CrashPoints;
  readonly files?: JournalFiles;
  readonly opener?: JobOpener;
  readonly passwordLists: Pick<PasswordLists, "refuse">;
}

/** Far more than an agent's credits. Offers above it are refused for the moment. */
const MAX_WAITING = 64;
/**
 * Time within which the cloud should offer a write again that a restart left open. After it, the account is read
 * without the password.
 */
const RESUME_ALONE_AFTER_MS = 30_000;
const DEFAULT_RETRY_MS = 1_000;
const RETRY_MS: Partial<Record<ErrorCode, number>> = {
  JOURNAL_UNAVAILABLE: 10_000,
  JOB_EXPIRED: MINUTE_MS,
  DIRECTORY_UNAVAILABLE: 2_000,
};

/** Throws JOURNAL_UNAVAILABLE when the journal is there and cannot be read. */
export async function startWriteback(deps: WritebackDeps): Promise<Writeback> {
  const { stateDirectory, identity, log, clock, files } = deps;
  const { agentId } = identity;
  return new Writeback(deps, await openJournal({ stateDirectory, agentId, log, clock, files }));
}

/**
 * A job on this agent, from the cloud's offer on (what is on disk at each step: journal-state.ts):
 *
 *   offered ──► queued ──► running ──► decided ──► (acknowledged)
 *      │                      ├──► given back, nothing was sent: the cloud offers it again
 *      │                      └──► decided as `unknown` ──► watched ──► corrected, or left `unknown` after 15 minutes
 *      └──► refused: too many wait, or the agent is stopping
 *
 *   open after a restart (may have been sent) ──► the cloud offers it again within 30 seconds, or the agent looks at the account alone
 */
class Writeback implements Closable {
  readonly #config: WritebackDeps["config"];
  readonly #link: WritebackLink;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #brakes: Brakes;
  readonly #outcomes: Outcomes;
  readonly #settling: Settling;
  readonly #applyDeps: ApplyJobDeps;
  readonly #queue: JobQueue;
  readonly #closing = new AbortController();
  /** Ids of the jobs that are queued or running. */
  readonly #underWay = new Set<string>();
  readonly #watched = new Map<string, Promise<void>>();
  #resuming: Promise<void> | undefined;

  constructor(deps: WritebackDeps, journal: Journal) {
    const { config, directory, link, identity, passwordLists, graceMs, log, clock, onVerdict } = deps;
    const { crash = () => undefined, opener = createJobOpener(deps) } = deps;
    this.#config = config;
    this.#link = link;
    this.#log = log;
    this.#clock = clock;
    this.#journal = journal;
    this.#brakes = new Brakes({
      limits: config,
      engaged: journal.brake.engaged,
      writes: journal
        .entries()
        .flatMap((entry) =>
          entry.sentAt !== null && entry.sentAt > journal.brake.at ? [sentWrite(entry)] : [],
        )
        .sort((one, other) => one.at - other.at),
      now: () => clock.now(),
    });
    this.#outcomes = startOutcomes({ journal, link, identity, onVerdict, crash, log, clock });
    this.#settling = createSettling({ directory, graceMs, clock, closing: this.#closing.signal });
    this.#queue = new JobQueue(config);
    this.#applyDeps = {
      config,
      directory,
      link,
      opener,
      passwordLists,
      journal,
      brakes: this.#brakes,
      settling: this.#settling,
      outcomes: this.#outcomes,
      crash,
      log,
      clock,
      onUnknown: (unsettled) => this.#watch(unsettled),
    };
  }

  /** Never throws and never waits; what cannot be done now is answered with `job.nack`. */
  offer(job: SignedJob): void {
    const { jobId, userId } = job.order;
    if (this.#underWay.has(jobId)) return; // offered twice
    if (this.#closing.signal.aborted) this.#nack(jobId, "AGENT_OFFLINE", DEFAULT_RETRY_MS);
    else if (this.#queue.size >= MAX_WAITING) this.#nack(jobId, "RATE_LIMITED", DEFAULT_RETRY_MS);
    else this.#enqueue(jobId, userId, () => applyJob(job, this.#applyDeps));
  }

  /** Records that the cloud has stored the outcome. */
  ack(ack: CloudBody<"job.ack">): void {
    this.#outcomes.acknowledged(ack);
  }

  /** Called at every new connection: sends outcomes again and resumes the jobs that a restart left open. */
  linkReady(): void {
    this.#outcomes.resendAll();
    for (const { jobId, sentAt, receipt, end } of this.#journal.entries()) {
      if (sentAt !== null || receipt !== null || end !== null || this.#underWay.has(jobId)) continue;
      // Interrupted before anything was sent: another agent need not wait for the end of its lease.
      this.#nack(jobId, "AGENT_OFFLINE", 0);
      void this.#journal.closed(jobId); // never rejects
    }
    this.#resuming ??= this.#resumeAlone().finally(() => (this.#resuming = undefined));
  }

  /** Number of outcomes that the cloud has not acknowledged. */
  get pendingOutcomes(): number {
    return this.#outcomes.pending;
  }

  status(): WritebackStatus {
    return {
      enabled: this.#config.enabled,
      journal: this.#journal.isAvailable ? "ok" : "unavailable",
      brake: this.#brakes.engaged,
      writesLastHour: this.#brakes.writesLastHour(),
      jobs: this.#queue.size,
      watched: this.#watched.size,
      pendingOutcomes: this.#outcomes.pending,
    };
  }

  /** Allows writing again after the limit of an hour or a day was reached. */
  async releaseBrake(): Promise<void> {
    this.#brakes.release();
    await this.#journal.setBrake(null);
    this.#log.warn("writeback.brake.released");
  }

  /** Takes no more jobs and finishes those in progress. Close it before the link, or their receipts wait for the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#queue.idle();
    await Promise.all(this.#watched.values());
    await this.#resuming;
    await this.#outcomes.close();
    await this.#journal.close();
  }

  /** A nack means that nothing was sent. A job that may have been sent is offered again when the lease is over. */
  #nack(jobId: string, code: ErrorCode, retryAfterMs: number): void {
    if (this.#journal.find(jobId)?.sentAt != null) return;
    try {
      this.#link.send("job.nack", { jobId, code, retryAfterMs });
    } catch (error) {
      // The cloud offers it again when its lease is over.
      if (!isAppError(error, "LINK_CLOSED")) this.#log.error("writeback.nack.failed", { jobId, error });
    }
  }

  #enqueue(jobId: string, userId: string, work: () => Promise<void>): void {
    this.#underWay.add(jobId);
    this.#queue.add(userId, async () => {
      try {
        await work();
      } catch (error) {
        this.#giveBack(jobId, error);
      } finally {
        this.#underWay.delete(jobId);
      }
    });
  }

  #giveBack(jobId: string, error: unknown): void {
    const { code, details } = toAppError(error);
    this.#log.warn("writeback.job.given_back", { jobId, code, error });
    const asked = details["retryAfterMs"];
    this.#nack(jobId, code, typeof asked === "number" ? asked : (RETRY_MS[code] ?? DEFAULT_RETRY_MS));
  }

  #watch(unsettled: Unsettled): void {
    const { order } = unsettled;
    const { jobId } = order;
    if (this.#watched.has(jobId)) return;
    const watching = this.#settling
      .watch(unsettled, () => isOutdated(order, this.#journal))
      .then((verdict) => (verdict === null ? undefined : this.#outcomes.decide(order, verdict)))
      .catch((error: unknown) => this.#log.error("writeback.watch.failed", { jobId, error }))
      .finally(() => this.#watched.delete(jobId));
    this.#watched.set(jobId, watching);
  }

  /** Settles writes that may have been sent before a restart and that the cloud has not offered again. */
  async #resumeAlone(): Promise<void> {
    await this.#clock.sleep(RESUME_ALONE_AFTER_MS, this.#closing.signal);
    if (this.#closing.signal.aborted) return;
    for (const { jobId, order, mark } of this.#journal.entries().filter(isOpenWrite)) {
      if (order === null || this.#underWay.has(jobId)) continue;
      this.#enqueue(jobId, order.userId, async () => {
        if (this.#journal.find(jobId)?.receipt != null) return;
        const unsettled = { order, before: mark, passwords: null, mayHaveSent: () => true };
        const { verdict, mayLearnMore } = await this.#settling.settle(unsettled);
        await this.#outcomes.decide(order, verdict);
        if (mayLearnMore) this.#watch(unsettled);
      });
    }
  }
}
export type { Writeback };

/** A write whose record was damaged counts as one of a user of its own. */
function sentWrite({ jobId, order, sentAt, receipt }: JournalEntry): SentWrite {
  const state = receipt?.verdict.state ?? "unknown";
  const isRejected = state !== "applied" && state !== "unknown";
  return { jobId, userId: order?.userId ?? jobId, at: sentAt ?? 0, isRejected };
}

const isOpenWrite = ({ sentAt, receipt, end }: JournalEntry): boolean =>
  sentAt !== null && receipt === null && end === null;
