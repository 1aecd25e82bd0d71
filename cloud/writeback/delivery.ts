/**
 * Brings jobs from the queue to the agents of this node: fetch, offer, and stay with the job until it is final, its agent is
 * gone, or nobody here takes it. Whether an offer may be made at all is decided by the record each time (jobs.offer), so two
 * nodes that carry the same job, a lost lock or a repeated offer do no harm.
 */
import type { Clock } from "../../shared/clock.ts";
import { isAppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";
import type { SignedJob } from "../../shared/sealing/job.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { JobStore } from "../store/jobs.ts";
import { type JobQueues, LOCK_MS, type QueuedJob } from "./job-queues.ts";
import type { JobSignals } from "./job-signals.ts";
import { createRefusals } from "./refusals.ts";
import type { OfferSession } from "./writeback-service.ts";

export interface Delivery extends Closable {
  /**
   * Jobs of this tenant may be waiting, or so many are: takes as many as its agents here have credits for. Returns at once;
   * false when there is no credit, so that it is for other nodes.
   */
  fetch(tenantId: string, waiting?: number): boolean;
  /** Somebody has decided it. Call it before the signal. */
  decided(jobId: string): void;
  sessionReady(session: OfferSession): void;
  sessionGone(session: OfferSession): void;
  /** The agent does not want this job for some time. */
  nacked(session: OfferSession, jobId: string, retryAfterMs: number): void;
}

export interface DeliveryDeps {
  readonly node: string;
  readonly jobs: JobStore;
  readonly queues: JobQueues;
  readonly signals: JobSignals;
  sessions(tenantId: string): readonly OfferSession[];
  /** Tells the other nodes that hold an agent of the tenant. Never throws. */
  wakeOthers(tenantId: string): Promise<void>;
  readonly log: Logger;
  readonly clock: Clock;
}

/** A job this node is busy with. */
interface Carried {
  readonly tenantId: string;
  readonly jobId: string;
  queued: QueuedJob | null;
  /** Whose credit it uses. */
  holder: OfferSession | null;
  /** Just connected, with the job in its hands or lost; offered to it before anybody else. */
  reconnected: OfferSession | null;
  /** Has the record answered yet? Until then it counts as a credit in use. */
  placed: boolean;
  decided: boolean;
}

/** An agent that has said nothing to an offer for this long is offered the job again, or another one is. */
const OFFER_MS = 10_000;
/** The longest wait before the record is looked at again, whatever was or was not signalled. */
const LOOK_MS = 1_000;
/** How long to wait after the store failed. */
const STORE_PAUSE_MS = 250;

export function createDelivery(deps: DeliveryDeps): Delivery {
  const { jobs, queues, signals, clock, log } = deps;
  const carried = new Map<string, Carried>();
  const refusals = createRefusals(clock);
  /** How many more to ask the queue for. */
  const fetching = new Map<string, { wanted: number }>();
  const running = new Set<Promise<void>>();
  const closing = new AbortController();

  const track = (work: Promise<void>): void => {
    running.add(work);
    void work.finally(() => running.delete(work));
  };

  const takers = (tenantId: string): OfferSession[] =>
    deps
      .sessions(tenantId)
      .filter((session) => session.approved && session.writebackEnabled && session.credits > 0);

  const usedCredits = (session: OfferSession, except?: Carried): number => {
    let used = 0;
    for (const item of carried.values()) if (item !== except && item.holder === session) used += 1;
    return used;
  };

  const freeCredits = (tenantId: string): number => {
    let free = 0;
    for (const session of takers(tenantId))
      free += Math.min(session.credits, LIMITS.jobCredits) - usedCredits(session);
    for (const item of carried.values()) if (item.tenantId === tenantId && !item.placed) free -= 1;
    return free;
  };

  /** Whom to offer it to now; whoever had it last comes last. */
  function choose(item: Carried): OfferSession | null {
    const able = takers(item.tenantId).filter(
      (session) =>
        refusals.remainingMs(item.jobId, session.agentId) === 0 &&
        usedCredits(session, item) < Math.min(session.credits, LIMITS.jobCredits),
    );
    if (item.reconnected !== null && able.includes(item.reconnected)) return item.reconnected;
    const load = (session: OfferSession): number =>
      usedCredits(session) + (session === item.holder ? LIMITS.jobCredits : 0);
    return able.sort((a, b) => load(a) - load(b))[0] ?? null;
  }

  /** Nobody here takes it now: back to the queue, for another node or for later. */
  async function putBack(item: Carried): Promise<void> {
    const waits = takers(item.tenantId).map((session) => refusals.remainingMs(item.jobId, session.agentId));
    if (waits.length === 0) {
      await item.queued?.release();
      await deps.wakeOthers(item.tenantId);
      return;
    }
    const waitMs = Math.max(50, Math.min(LOOK_MS, ...waits));
    await item.queued?.later(waitMs);
    track(
      clock.sleep(waitMs + 5, closing.signal).then(() => {
        fetch(item.tenantId);
      }),
    );
  }

  function send(item: Carried, session: OfferSession, job: SignedJob): boolean {
    try {
      session.send("job.offer", { job });
      return true;
    } catch {
      // LINK_CLOSED: sessionGone follows, or has come already.
      refusals.add(item.jobId, session.agentId, LOOK_MS);
      return false;
    }
  }

  const isFor = (job: SignedJob, agentId: string): boolean =>
    job.sealed.length === 0 || job.sealed.some((seal) => seal.agentId === agentId);

  /** It is decided: its credit is free for whatever waits for one. */
  async function leave(item: Carried): Promise<void> {
    const { tenantId, jobId, queued } = item;
    [item.decided, item.placed, item.holder] = [true, true, null];
    refusals.forget(jobId);
    if (queued === null) {
      fetch(tenantId);
      return;
    }
    const next = await queued.done(!closing.signal.aborted && takers(tenantId).length > 0);
    if (next !== null) start(tenantId, next.jobId, { queued: next });
  }

  /** One step with a job. True when nobody here takes it now. */
  async function step(item: Carried, pause: (ms: number) => Promise<unknown>): Promise<boolean> {
    const { tenantId, jobId } = item;
    const session = choose(item);
    if (session === null) {
      item.holder = null;
      // Not from the queue, so it cannot be put back there: it waits here for the agent's "not now" to end.
      const waits = takers(tenantId).map(({ agentId }) => refusals.remainingMs(jobId, agentId));
      if (item.queued === null && waits.some((ms) => Number.isFinite(ms))) {
        await pause(Math.max(50, Math.min(LOOK_MS, ...waits)));
        return false;
      }
      await putBack(item);
      return true;
    }
    const reconnected = item.reconnected === session;
    item.reconnected = null;
    const { agentId } = session;
    const offer = await jobs.offer({ tenantId, jobId, agentId, node: deps.node, reconnected });
    item.placed = true;
    switch (offer.kind) {
      case "final":
      case "missing":
        item.decided = true;
        signals.notify(jobId); // time may have decided it just now
        return false;
      case "held":
        await pause(offer.waitMs + 5);
        return false;
      case "busy": {
        item.holder = null;
        const either = signals.watch(jobId, offer.jobId);
        await either.next(LOOK_MS, closing.signal);
        either.close();
        return false;
      }
      case "offered":
        if (!isFor(offer.job, agentId)) {
          refusals.add(jobId, agentId, Infinity); // approved after the password was sealed
          await jobs.nack(tenantId, jobId, agentId);
          return false;
        }
        item.holder = session;
        if (!send(item, session, offer.job)) return false;
        log.debug("writeback.job.offered", { tenantId, jobId, agentId });
        await pause(OFFER_MS);
        return false;
    }
  }

  async function carry(item: Carried): Promise<void> {
    const { tenantId, jobId } = item;
    const watch = signals.watch(jobId);
    let isLeft = false;
    const renewal = setInterval(() => void item.queued?.extend(), LOCK_MS / 3);
    try {
      while (!closing.signal.aborted) {
        try {
          if (item.decided) {
            isLeft = true;
            await leave(item);
            return;
          }
          if (await step(item, (ms) => watch.next(ms, closing.signal))) return;
        } catch (error) {
          if (!isAppError(error, "STORE_UNAVAILABLE")) throw error;
          await clock.sleep(STORE_PAUSE_MS, closing.signal);
        }
      }
      await item.queued?.release();
      await deps.wakeOthers(tenantId);
    } catch (error) {
      // A damaged record is not carried about; the sweep decides it when its time is over.
      log.error("writeback.delivery.failed", { tenantId, jobId, error: toAppError(error) });
      await item.queued?.done(false);
    } finally {
      clearInterval(renewal);
      watch.close();
      carried.delete(jobId);
      if (!closing.signal.aborted && !isLeft) fetch(tenantId); // its credit is free
    }
  }

  function start(tenantId: string, jobId: string, given: Partial<Carried>): void {
    const known = carried.get(jobId);
    if (known !== undefined) {
      Object.assign(known, given);
      signals.notify(jobId);
      return;
    }
    const item: Carried = {
      tenantId,
      jobId,
      queued: null,
      holder: null,
      reconnected: null,
      placed: false,
      decided: false,
      ...given,
    };
    carried.set(jobId, item);
    track(carry(item));
  }

  async function fetchWanted(tenantId: string, state: { wanted: number }): Promise<void> {
    try {
      while (state.wanted > 0 && !closing.signal.aborted && freeCredits(tenantId) > 0) {
        const { wanted } = state;
        state.wanted = 0; // what is asked for from here on may come after this look at the queue
        const queued = await queues.next(tenantId);
        if (queued === null) continue;
        state.wanted += wanted - 1;
        start(tenantId, queued.jobId, { queued });
      }
    } catch (error) {
      log.debug("writeback.fetch.failed", { tenantId, error: toAppError(error) }); // the next sweep fetches
    } finally {
      fetching.delete(tenantId); // in the turn of the last look at `wanted`, or what is asked for in between is lost
    }
  }

  function fetch(tenantId: string, waiting = Infinity): boolean {
    const current = fetching.get(tenantId);
    if (current !== undefined) current.wanted += waiting;
    if (closing.signal.aborted || freeCredits(tenantId) <= 0) return false;
    if (current !== undefined) return true;
    const state = { wanted: waiting };
    fetching.set(tenantId, state);
    track(fetchWanted(tenantId, state));
    return true;
  }

  /** What the agent held when its last session ended, here or on a node that died, without waiting for the queue. */
  async function resume(session: OfferSession): Promise<void> {
    const { tenantId, agentId } = session;
    try {
      for (const jobId of await jobs.pending(tenantId)) {
        const record = await jobs.find(tenantId, jobId).catch(() => null); // damaged: reported by whoever carries it
        // Queued, too: its "not now" may have come before this, while the queue still has the job with the node that died.
        const isTheirs = record?.agentId === agentId;
        if (isTheirs && carried.get(jobId)?.holder !== session)
          start(tenantId, jobId, { reconnected: session });
      }
    } catch (error) {
      log.debug("writeback.resume.failed", { tenantId, agentId, error: toAppError(error) }); // the lease runs out
    }
  }

  return {
    fetch,
    decided(jobId) {
      const item = carried.get(jobId);
      if (item !== undefined) item.decided = true;
    },
    sessionReady(session) {
      if (closing.signal.aborted || !session.approved || !session.writebackEnabled) return;
      fetch(session.tenantId);
      track(resume(session));
    },
    sessionGone(session) {
      for (const item of carried.values())
        if (item.holder === session) {
          item.holder = null;
          signals.notify(item.jobId);
        }
    },
    nacked(session, jobId, retryAfterMs) {
      refusals.add(jobId, session.agentId, retryAfterMs);
      signals.notify(jobId);
    },
    async close() {
      closing.abort();
      while (running.size > 0) await Promise.all(running);
    },
  };
}
