/**
 * Brings jobs from the queue to the agents of this node: fetches a job, offers it, and stays with it until it is final, its agent
 * is gone, or no agent here takes it. Before each offer the job record decides whether it may be made at all (`jobs.offer`), so
 * two nodes that carry the same job, a lost lock or a repeated offer do no harm. The states of a job are drawn in carried-job.ts.
 */
import { setMaxListeners } from "node:events";
import type { Clock } from "../../shared/clock.ts";
import { isAppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { SignedJob } from "../../shared/sealing/job.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { JobStore } from "../store/jobs.ts";
import { CarriedJob } from "./carried-job.ts";
import { type JobQueues, LOCK_MS, type QueuedJob } from "./job-queues.ts";
import type { JobSignals } from "./job-signals.ts";
import { createOfferChoice, type JobPlace, type OfferChoice } from "./offer-choice.ts";
import { createRefusals, type Refusals } from "./refusals.ts";
import type { OfferSession } from "./writeback-service.ts";

export interface DeliveryDeps {
  readonly node: string;
  readonly jobs: JobStore;
  readonly queues: JobQueues;
  readonly signals: JobSignals;
  sessions(tenantId: string): readonly OfferSession[];
  /** Tells the other nodes that hold an agent of the tenant. Never throws. */
  wakeOthers(place: JobPlace): Promise<void>;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Time without a reaction to an offer after which the job is offered again, to the same agent or to another one. */
const OFFER_MS = 10_000;
/** The longest wait before the record is asked again, because a signal may be lost. */
const LOOK_MS = 1_000;
/** Pause after a failure of the store. */
const STORE_PAUSE_MS = 250;
/** Shortest wait for an agent whose refusal ends any moment. */
const MIN_WAIT_MS = 50;

export class Delivery implements Closable {
  readonly #deps: DeliveryDeps;
  readonly #refusals: Refusals;
  readonly #choice: OfferChoice;
  /** By job id. */
  readonly #carried = new Map<string, CarriedJob>();
  /** Sources whose queue is being asked, by nameOf, with how many more jobs to ask for. */
  readonly #fetching = new Map<string, { wanted: number }>();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
    setMaxListeners(0, this.#closing.signal); // one for each job in delivery
    this.#refusals = createRefusals(deps.clock);
    this.#choice = createOfferChoice({
      sessions: (tenantId) => deps.sessions(tenantId),
      carried: this.#carried,
      refusals: this.#refusals,
    });
  }

  /**
   * Takes jobs of this source from its queue, as many as its agents here have credits for and at most `waiting`. Returns at once.
   * False when there is no credit: then the jobs are for other nodes.
   */
  fetch(place: JobPlace, waiting = Infinity): boolean {
    const current = this.#fetching.get(nameOf(place));
    if (current !== undefined) current.wanted += waiting;
    if (this.#isClosing || this.#choice.freeCredits(place) <= 0) return false;
    if (current !== undefined) return true;
    const state = { wanted: waiting };
    this.#fetching.set(nameOf(place), state);
    this.#track(this.#fetchWanted(place, state));
    return true;
  }

  /** The record of this job is final. Call it before the signal. */
  decided(jobId: string): void {
    this.#carried.get(jobId)?.decide();
  }

  sessionReady(session: OfferSession): void {
    const { tenantId, source } = session;
    if (this.#isClosing || !session.approved || source === null || !session.writebackEnabled) return;
    this.fetch({ tenantId, source });
    this.#track(this.#resume(session));
  }

  sessionGone(session: OfferSession): void {
    for (const job of this.#carried.values())
      if (job.holder === session) {
        job.withdraw();
        this.#deps.signals.notify(job.jobId);
      }
  }

  /** The agent does not take this job before `retryAfterMs` have passed. */
  nacked(session: OfferSession, jobId: string, retryAfterMs: number): void {
    this.#refusals.add(jobId, session.agentId, retryAfterMs);
    this.#deps.signals.notify(jobId);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  #sleep(ms: number): Promise<void> {
    return this.#deps.clock.sleep(ms, this.#closing.signal);
  }

  // ---- Taking jobs up ------------------------------------------------------------------------------------------------

  async #fetchWanted(place: JobPlace, state: { wanted: number }): Promise<void> {
    const { tenantId, source } = place;
    try {
      while (state.wanted > 0 && !this.#isClosing && this.#choice.freeCredits(place) > 0) {
        const { wanted } = state;
        state.wanted = 0; // a request from here on may be for a job that this look at the queue does not see
        const queued = await this.#deps.queues.next(tenantId, source);
        if (queued === null) continue;
        state.wanted += wanted - 1;
        this.#takeQueued(place, queued);
      }
    } catch (error) {
      this.#deps.log.debug("writeback.fetch.failed", { tenantId, error: toAppError(error) }); // the next sweep fetches
    } finally {
      // In the same turn as the last look at `wanted`, or a request in between is lost.
      this.#fetching.delete(nameOf(place));
    }
  }

  /** Offers the jobs that the agent held when its last session ended, here or on a node that died, without the queue. */
  async #resume(session: OfferSession): Promise<void> {
    const { jobs, log } = this.#deps;
    const { tenantId, agentId } = session;
    try {
      for (const { jobId, source } of await jobs.pending(tenantId)) {
        const record = await jobs.find(tenantId, jobId).catch(() => null); // damaged: logged when it is carried
        // Queued jobs too: the agent may have sent job.nack before this, while the queue still has the job with the dead node.
        const isTheirs = record?.agentId === agentId && source === session.source;
        if (!isTheirs || this.#carried.get(jobId)?.holder === session) continue;
        this.#take({ tenantId, source }, jobId, (job) => (job.reconnected = session));
      }
    } catch (error) {
      log.debug("writeback.resume.failed", { tenantId, agentId, error: toAppError(error) }); // the lease runs out
    }
  }

  #takeQueued(place: JobPlace, queued: QueuedJob): void {
    this.#take(place, queued.jobId, (job) => (job.queued = queued));
  }

  #take({ tenantId, source }: JobPlace, jobId: string, prepare: (job: CarriedJob) => unknown): void {
    const known = this.#carried.get(jobId);
    const job = known ?? new CarriedJob(tenantId, source, jobId);
    prepare(job);
    if (known !== undefined) {
      this.#deps.signals.notify(jobId);
      return;
    }
    this.#carried.set(jobId, job);
    this.#track(this.#carry(job));
  }

  // ---- Carrying one job ----------------------------------------------------------------------------------------------

  async #carry(job: CarriedJob): Promise<void> {
    const { tenantId, jobId } = job;
    const { signals, log } = this.#deps;
    const watch = signals.watch(jobId);
    const pause = (ms: number) => watch.next(ms, this.#closing.signal);
    const renewal = setInterval(() => void job.queued?.extend(), LOCK_MS / 3);
    let isDropped = false;
    try {
      while (!this.#isClosing) {
        try {
          if (job.state === "decided") {
            isDropped = true;
            await this.#drop(job);
            return;
          }
          if (await this.#step(job, pause)) return;
        } catch (error) {
          if (!isAppError(error, "STORE_UNAVAILABLE")) throw error;
          await this.#sleep(STORE_PAUSE_MS);
        }
      }
      await job.queued?.release();
      await this.#deps.wakeOthers(job);
    } catch (error) {
      // A damaged record is not carried any further; the sweep decides it when its time is over.
      log.error("writeback.delivery.failed", { tenantId, jobId, error: toAppError(error) });
      await job.queued?.done(false);
    } finally {
      clearInterval(renewal);
      watch.close();
      this.#carried.delete(jobId);
      if (!this.#isClosing && !isDropped) this.fetch(job); // its credit is free
    }
  }

  /** Makes one step with a job. True when it went back to the queue, because no agent here takes it now. */
  async #step(job: CarriedJob, pause: (ms: number) => Promise<unknown>): Promise<boolean> {
    const { jobs, signals, node, log } = this.#deps;
    const { tenantId, jobId } = job;
    const session = this.#choice.choose(job);
    if (session === null) return this.#waitOrPutBack(job, pause);
    const reconnected = job.reconnected === session;
    job.reconnected = null;
    const { agentId } = session;
    const offer = await jobs.offer({ tenantId, jobId, agentId, node, reconnected });
    switch (offer.kind) {
      case "final":
      case "missing":
        job.decide();
        signals.notify(jobId); // its time may have run out just now
        return false;
      case "held":
        job.recordAnswered();
        await pause(offer.waitMs + 5);
        return false;
      case "busy": {
        job.recordAnswered();
        job.withdraw();
        const either = signals.watch(jobId, offer.jobId);
        await either.next(LOOK_MS, this.#closing.signal);
        either.close();
        return false;
      }
      case "offered":
        job.recordAnswered();
        if (!isFor(offer.job, agentId)) {
          this.#refusals.add(jobId, agentId, Infinity); // the agent was approved after the password was sealed
          await jobs.nack(tenantId, jobId, agentId);
          return false;
        }
        if (!job.offer(session) || !this.#send(session, offer.job)) return false;
        log.debug("writeback.job.offered", { tenantId, jobId, agentId });
        await pause(OFFER_MS);
        return false;
    }
  }

  #send(session: OfferSession, job: SignedJob): boolean {
    try {
      session.send("job.offer", { job });
      return true;
    } catch {
      // LINK_CLOSED: sessionGone follows, or has come already.
      this.#refusals.add(job.order.jobId, session.agentId, LOOK_MS);
      return false;
    }
  }

  /**
   * Handles a job that no agent here takes now. Returns true when it was returned to the queue, for another node or for
   * later.
   */
  async #waitOrPutBack(job: CarriedJob, pause: (ms: number) => Promise<unknown>): Promise<boolean> {
    const { queued } = job;
    job.withdraw();
    const waits = this.#choice.refusalsOf(job);
    const waitMs = Math.max(MIN_WAIT_MS, Math.min(LOOK_MS, ...waits));
    // A job that did not come from the queue cannot go back there: it waits here for the end of the agent's refusal.
    if (queued === null && waits.some((ms) => Number.isFinite(ms))) {
      await pause(waitMs);
      return false;
    }
    if (waits.length === 0) {
      await queued?.release();
      await this.#deps.wakeOthers(job);
      return true;
    }
    await queued?.later(waitMs);
    this.#track(this.#sleep(waitMs + 5).then(() => void this.fetch(job)));
    return true;
  }

  /** Takes a decided job out of the queue. Its credit is free for the next job. */
  async #drop(job: CarriedJob): Promise<void> {
    const { jobId, queued } = job;
    this.#refusals.forget(jobId);
    if (queued === null) {
      this.fetch(job);
      return;
    }
    const next = await queued.done(!this.#isClosing && this.#choice.takers(job).length > 0);
    if (next !== null) this.#takeQueued(job, next);
  }
}

const nameOf = ({ tenantId, source }: JobPlace): string => `${tenantId}/${source}`;

const isFor = (job: SignedJob, agentId: string): boolean =>
  job.sealed.length === 0 || job.sealed.some((seal) => seal.agentId === agentId);
