/** Runs one sync at a time, whether the schedule, the cloud or a command on this host asks for it. */
import { AppError, type ErrorCode, toAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudBody } from "../../shared/protocol/frames.ts";
import { covers, type OpenRun } from "../../shared/protocol/run-coverage.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { SyncOrder, SyncProgress, SyncRequest, SyncResult } from "./sync-result.ts";

export interface SyncRunnerDeps {
  /** Never rejects. */
  readonly run: (
    order: SyncOrder,
    onProgress: (progress: SyncProgress) => void,
    signal: AbortSignal,
  ) => Promise<SyncResult>;
  readonly isLinkReady: () => boolean;
  /** False with `schedule: off`: then nothing starts by itself, not even the first run. */
  readonly startsByItself: boolean;
  readonly log: Logger;
  readonly onResult?: (result: SyncResult) => void;
}

export interface ForcedRun {
  readonly runId: string;
  /** True when the request joined a run that was open before. */
  readonly joined: boolean;
  readonly result: Promise<SyncResult>;
  /** Calls the listener at every acknowledgement until the run ends. Returns a function that stops listening. */
  onProgress(listener: (progress: SyncProgress) => void): () => void;
}

export interface SyncStatus {
  readonly running: (SyncOrder & { readonly progress: SyncProgress | null }) | null;
  readonly waiting: number;
  /** The last run that ended here. A scheduled run that another agent's lease ended is left out. */
  readonly last: SyncResult | null;
  /** Epoch ms of the end of the last run that neither failed nor was a dry run. */
  readonly lastSuccessAt: number | null;
}

/** Largest number of forced runs that may wait. The cloud and a command on this host together need two or three. */
const MAX_WAITING = 16;
/** Errors that lose nothing but the run: the runner starts another one when the link is back. */
const CUT_SHORT: ReadonlySet<ErrorCode> = new Set([
  "LINK_CLOSED",
  "TIMEOUT",
  "SYNC_GAP",
  "STORE_UNAVAILABLE",
]);

/**
 * A run that is open here:
 *
 *   waiting ──► running ──► (settled)
 *      └──────────────────► (abandoned)   the runner was closed before the run's turn came
 */
class QueuedRun {
  readonly order: SyncOrder;
  readonly result: Promise<SyncResult>;
  readonly #listeners = new Set<(progress: SyncProgress) => void>();
  #state: "waiting" | "running" = "waiting";
  #progress: SyncProgress | null = null;
  #settle!: (result: SyncResult) => void;
  #abandon!: (error: AppError) => void;

  constructor(order: SyncOrder) {
    this.order = order;
    this.result = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#abandon = reject;
    });
    this.result.catch(() => undefined); // a scheduled run has no listener to handle it
  }

  get progress(): SyncProgress | null {
    return this.#progress;
  }

  get open(): OpenRun {
    return { ...this.order, isRunning: this.#state === "running" };
  }

  start(): void {
    this.#state = "running";
  }
  report(progress: SyncProgress): void {
    this.#progress = progress;
    for (const listener of this.#listeners) listener(progress);
  }
  settle(result: SyncResult): void {
    this.#settle(result);
  }
  abandon(error: AppError): void {
    this.#abandon(error);
  }

  /** Reports the progress so far to a late listener at once. */
  listen(listener: (progress: SyncProgress) => void): () => void {
    this.#listeners.add(listener);
    if (this.#progress !== null) listener(this.#progress);
    return () => this.#listeners.delete(listener);
  }
}

/**
 *   idle ──(a run is queued)──► working ──(the queue is empty)──► idle
 *     └────────(close)─────────────┴──(close: the running one is aborted, the waiting ones abandoned)──► closed
 *
 * Runs come from five sides:
 *
 *   tick (schedule)   starts a delta run unless a run is open or the link is down
 *   force (this host) joins an open run that covers the request (shared/protocol/run-coverage.ts), else waits its turn
 *   requested (cloud) waits its turn under the cloud's own run id; the cloud has joined what it could before it asked
 *   notified (push)   joins an open run that covers the change, else waits its turn
 *   linkReady         starts a delta run the first time, and again after a run that a lost link cut short
 */
export class SyncRunner implements Closable {
  readonly #deps: SyncRunnerDeps;
  readonly #waiting: QueuedRun[] = [];
  readonly #closing = new AbortController();
  #running: QueuedRun | undefined;
  #working: Promise<void> | undefined;
  #last: SyncResult | null = null;
  #lastSuccessAt: number | null = null;
  /** True at first, because the previous process may not have completed a run. */
  #isDeltaOwed = true;

  constructor(deps: SyncRunnerDeps) {
    this.#deps = deps;
  }

  get status(): SyncStatus {
    const running = this.#running;
    return {
      running: running === undefined ? null : { ...running.order, progress: running.progress },
      waiting: this.#waiting.length,
      last: this.#last,
      lastSuccessAt: this.#lastSuccessAt,
    };
  }

  tick(): void {
    if (this.#deps.isLinkReady()) this.#startDelta("schedule");
    else this.#deps.log.debug("sync.tick.skipped", { reason: "link" });
  }

  /** Throws RATE_LIMITED when too many runs wait already, LINK_CLOSED without a link. */
  force(request: SyncRequest): ForcedRun {
    const shared = this.#openRuns().find(({ open }) => covers(open, request));
    if (shared === undefined && !this.#deps.isLinkReady())
      throw new AppError("LINK_CLOSED", "The agent is not connected to the cloud now.");
    const run = shared ?? this.#enqueue({ ...request, runId: newId(), trigger: "agent" });
    return {
      runId: run.order.runId,
      joined: shared !== undefined,
      result: run.result,
      onProgress: (listener) => run.listen(listener),
    };
  }

  /** Returns when the run is in the queue. Throws RATE_LIMITED. */
  requested({ runId, policy, user, dryRun }: CloudBody<"sync.request">): void {
    const isKnown = this.#openRuns().some(({ order }) => order.runId === runId);
    if (!isKnown) this.#enqueue({ runId, policy, user, dryRun, trigger: "cloud" });
  }

  /**
   * Makes a delta run because the directory notified of a change, or joins an open run that covers it. Resolves when it is over, with
   * the code of its failure. Without a link the run is owed, and starts when the link is back. Never rejects.
   */
  async notified(): Promise<ErrorCode | null> {
    if (!this.#deps.isLinkReady() || this.#closing.signal.aborted) {
      this.#isDeltaOwed = true;
      return "LINK_CLOSED";
    }
    const wanted = { policy: "delta", user: null, dryRun: false } as const;
    try {
      const shared = this.#openRuns().find(({ open }) => covers(open, wanted));
      const run = shared ?? this.#enqueue({ ...wanted, runId: newId(), trigger: "push" });
      return (await run.result).error?.code ?? null;
    } catch (error) {
      return toAppError(error).code;
    }
  }

  linkReady(): void {
    if (this.#deps.startsByItself && this.#isDeltaOwed)
      this.#startDelta(this.#last === null ? "schedule" : "recovery");
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const run of this.#waiting.splice(0)) run.abandon(agentIsStopping());
    await this.#working;
  }

  #openRuns(): QueuedRun[] {
    return this.#running === undefined ? this.#waiting : [this.#running, ...this.#waiting];
  }

  /** Starts an unrequested delta run of all users. */
  #startDelta(trigger: "schedule" | "recovery"): void {
    if (this.#openRuns().length > 0 || this.#closing.signal.aborted) {
      this.#deps.log.debug("sync.tick.skipped", { reason: "busy" });
      return;
    }
    this.#enqueue({ runId: newId(), policy: "delta", user: null, dryRun: false, trigger });
  }

  #enqueue(order: SyncOrder): QueuedRun {
    if (this.#closing.signal.aborted) throw agentIsStopping();
    if (this.#waiting.length >= MAX_WAITING)
      throw new AppError("RATE_LIMITED", "Too many sync runs are waiting already.");
    const run = new QueuedRun(order);
    this.#waiting.push(run);
    this.#working ??= this.#work().finally(() => (this.#working = undefined));
    return run;
  }

  async #work(): Promise<void> {
    for (let run = this.#waiting.shift(); run !== undefined; run = this.#waiting.shift()) {
      const current = run;
      this.#running = current;
      current.start();
      const result = await this.#deps.run(
        current.order,
        (progress) => current.report(progress),
        this.#closing.signal,
      );
      this.#running = undefined;
      this.#record(result);
      current.settle(result);
    }
  }

  #record(result: SyncResult): void {
    const code = result.error?.code;
    const isRoutine = result.trigger === "schedule" || result.trigger === "push";
    if (isRoutine && code === "SYNC_LEASE_LOST") return; // another agent syncs, which is normal
    this.#last = result;
    const isForAll = result.user === null && !result.dryRun;
    if (isForAll && result.state !== "failed") {
      this.#lastSuccessAt = result.startedAt + result.durationMs;
      this.#isDeltaOwed = false;
    } else if (isForAll && code !== undefined && CUT_SHORT.has(code)) this.#isDeltaOwed = true;
    this.#deps.onResult?.(result);
  }
}

const agentIsStopping = (): AppError => new AppError("SYNC_FAILED", "The agent is stopping.");
