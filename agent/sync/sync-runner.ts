/**
 * One run at a time, whoever wants it: the schedule, the cloud, or a person on this host.
 *
 *   tick (schedule)   starts a delta run unless anything runs or waits, or the link is down
 *   force (this host) joins a run that covers it and is waiting or not past it yet, else waits its turn
 *   requested (cloud) waits its turn under the cloud's own run id; the cloud has joined what it could before it asked
 *   linkReady         starts a delta run the first time, and again after a run that a lost link cut short
 */
import { AppError, type ErrorCode } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudBody } from "../../shared/protocol/frames.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { SyncOrder, SyncProgress, SyncResult, SyncWish } from "./sync-result.ts";

export interface SyncRunnerDeps {
  /** Never rejects. */
  readonly run: (
    order: SyncOrder,
    onProgress: (progress: SyncProgress) => void,
    signal: AbortSignal,
  ) => Promise<SyncResult>;
  readonly isLinkReady: () => boolean;
  /** With `schedule: off` nothing starts by itself, not even the first run. */
  readonly startsByItself: boolean;
  readonly log: Logger;
  readonly onResult?: (result: SyncResult) => void;
}

export interface ForcedRun {
  readonly runId: string;
  /** True when a run that was wanted before is shared. */
  readonly joined: boolean;
  readonly result: Promise<SyncResult>;
  /** Called at every acknowledgement until the run ends. Returns how to stop listening. */
  onProgress(listener: (progress: SyncProgress) => void): () => void;
}

export interface SyncRunner extends Closable {
  tick(): void;
  /** Throws RATE_LIMITED when too many wait already, LINK_CLOSED without a link. */
  force(wish: SyncWish): ForcedRun;
  /** Returns when the run is in the queue. Throws RATE_LIMITED. */
  requested(body: CloudBody<"sync.request">): void;
  linkReady(): void;
  readonly status: SyncStatus;
}

export interface SyncStatus {
  readonly running: (SyncOrder & { readonly progress: SyncProgress | null }) | null;
  readonly waiting: number;
  /** A run that gave way to another agent's is not among them. */
  readonly last: SyncResult | null;
  /** Epoch ms of the end of the last run that neither failed nor was a dry run. */
  readonly lastSuccessAt: number | null;
}

/** Forced runs that may wait; the cloud and a person together need two or three. */
const MAX_WAITING = 16;
/** After these the cloud has lost nothing but the run: it is started again when the link is back. */
const CUT_SHORT: ReadonlySet<ErrorCode> = new Set([
  "LINK_CLOSED",
  "TIMEOUT",
  "SYNC_GAP",
  "STORE_UNAVAILABLE",
]);

class Job {
  readonly order: SyncOrder;
  readonly result: Promise<SyncResult>;
  readonly listeners = new Set<(progress: SyncProgress) => void>();
  progress: SyncProgress | null = null;
  settle!: (result: SyncResult) => void;
  abandon!: (error: AppError) => void;

  constructor(order: SyncOrder) {
    this.order = order;
    this.result = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.abandon = reject;
    });
    this.result.catch(() => undefined); // nobody may be waiting for it
  }
}

export function createSyncRunner({
  run,
  isLinkReady,
  startsByItself,
  log,
  onResult,
}: SyncRunnerDeps): SyncRunner {
  const waiting: Job[] = [];
  const stop = new AbortController();
  let running: Job | undefined;
  let working: Promise<void> | undefined;
  let last: SyncResult | null = null;
  let lastSuccessAt: number | null = null;
  let isOwed = true; // nobody knows what the process before this one left undone

  const enqueue = (order: SyncOrder): Job => {
    if (stop.signal.aborted) throw new AppError("SYNC_FAILED", "The agent is stopping.");
    if (waiting.length >= MAX_WAITING)
      throw new AppError("RATE_LIMITED", "Too many sync runs are waiting already.");
    const job = new Job(order);
    waiting.push(job);
    working ??= work().finally(() => (working = undefined));
    return job;
  };

  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      running = job;
      const current = job;
      const onProgress = (progress: SyncProgress): void => {
        current.progress = progress;
        for (const listener of current.listeners) listener(progress);
      };
      const result = await run(job.order, onProgress, stop.signal);
      running = undefined;
      record(result);
      job.settle(result);
    }
  };

  const record = (result: SyncResult): void => {
    const code = result.error?.code;
    if (result.trigger === "schedule" && code === "SYNC_LEASE_LOST") return; // another agent syncs, as it should be
    last = result;
    const isForAll = result.user === null && !result.dryRun;
    if (isForAll && result.state !== "failed") {
      lastSuccessAt = result.startedAt + result.durationMs;
      isOwed = false;
    } else if (isForAll && code !== undefined && CUT_SHORT.has(code)) isOwed = true;
    onResult?.(result);
  };

  /** A delta run of everybody by itself. */
  const start = (trigger: "schedule" | "recovery"): void => {
    if (running !== undefined || waiting.length > 0 || stop.signal.aborted) {
      log.debug("sync.tick.skipped", { reason: "busy" });
      return;
    }
    enqueue({ runId: newId(), policy: "delta", user: null, dryRun: false, trigger });
  };

  return {
    tick() {
      if (isLinkReady()) start("schedule");
      else log.debug("sync.tick.skipped", { reason: "link" });
    },

    force(wish) {
      const shared = [running, ...waiting].find(
        (job) => job !== undefined && isInTime(job) && covers(job.order, wish),
      );
      if (shared === undefined && !isLinkReady())
        throw new AppError("LINK_CLOSED", "The agent has no link to the cloud just now.");
      const job = shared ?? enqueue({ ...wish, runId: newId(), trigger: "agent" });
      return {
        runId: job.order.runId,
        joined: shared !== undefined,
        result: job.result,
        onProgress(listener) {
          job.listeners.add(listener);
          if (job.progress !== null) listener(job.progress);
          return () => job.listeners.delete(listener);
        },
      };
    },

    requested({ runId, policy, user, dryRun }) {
      const isKnown = [running, ...waiting].some((job) => job?.order.runId === runId);
      if (!isKnown) enqueue({ runId, policy, user, dryRun, trigger: "cloud" });
    },

    linkReady() {
      if (startsByItself && isOwed) start(last === null ? "schedule" : "recovery");
    },

    get status() {
      return {
        running: running === undefined ? null : { ...running.order, progress: running.progress },
        waiting: waiting.length,
        last,
        lastSuccessAt,
      };
    },

    async close() {
      stop.abort();
      for (const job of waiting.splice(0)) job.abandon(new AppError("SYNC_FAILED", "The agent is stopping."));
      await working;
    },
  };
}

/** A delta that has asked the directory already may have missed what the wish is about; an initial run is too long to be doubled. */
const isInTime = (job: Job): boolean => job.order.policy === "initial" || job.progress === null;

/** Does the run do all that is wished for? A delta of everybody is no answer to one user: it may not look at that one at all. */
export function covers(order: SyncOrder, wish: SyncWish): boolean {
  if (order.dryRun !== wish.dryRun) return false;
  if (order.user === wish.user) return order.policy === "initial" || wish.policy === "delta";
  return order.user === null && order.policy === "initial";
}
