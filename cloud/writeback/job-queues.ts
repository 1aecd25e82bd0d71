/**
 * BullMQ: one queue for each source of each tenant, since only the source's agents take its jobs. It tells nodes that a
 * job waits, gives the job to one node at a time, and gives it out again when that node dies. It contains only job ids;
 * the job and its result are in the job's record.
 *
 * All queues of a node share the store's connection, and nothing blocks on it. A Worker that BullMQ runs itself costs one
 * connection for each queue; these are asked only when there is a reason (measured: no idle commands for 10,000 tenants). A
 * command fails fast, like every command of the store: the record is stored, and the sweep adds what the queue lacks.
 */
import {
  type BackendFactory,
  Job,
  type JobJson,
  Queue,
  QueueKeys,
  RedisConnection,
  RedisQueueBackend,
  Worker,
} from "bullmq";
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { jobIdSchema, newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { keys } from "../store/keys.ts";
import { guard, type Store } from "../store/store.ts";

/** A job that this node has locked, for LOCK_MS at a time. When the lock expires another node may get the job too. */
export interface QueuedJob {
  readonly jobId: string;
  /** False when the lock is lost: another node may have the job. */
  extend(): Promise<boolean>;
  /**
   * Removes the job from the queue, because its record is final. With `more`, resolves to the next job of the queue, if
   * there is one, which is cheaper than to ask for it afterwards.
   */
  done(more: boolean): Promise<QueuedJob | null>;
  /** Puts the job back, to be given out again after `ms`. */
  later(ms: number): Promise<void>;
  /** Puts the job back at once. */
  release(): Promise<void>;
}

export const LOCK_MS = 30_000;
const STALLED_MS = 10_000;
/** Maximum number of queue objects kept. Any other object is made again when it is needed. */
const MAX_OPEN = 2_000;
const NAME = "writeback";

const dataSchema = z.strictObject({ jobId: jobIdSchema });

interface SourceQueue {
  readonly queue: Queue;
  readonly worker: Worker;
}

export interface JobQueuesDeps {
  readonly store: Store;
  readonly log: Logger;
}

/** Prepares the store's connection for BullMQ. Throws STORE_UNAVAILABLE. */
export async function startJobQueues(deps: JobQueuesDeps): Promise<JobQueues> {
  const shared = await guard(async () => {
    const connection = new RedisConnection(deps.store.redis, { shared: true, blocking: false });
    connection.on("error", () => undefined); // the store logs it
    await connection.client;
    return connection;
  });
  return new JobQueues(deps, shared);
}

export class JobQueues implements Closable {
  readonly #deps: JobQueuesDeps;
  readonly #shared: RedisConnection;
  /** Open queues by prefix, the least recently used first. */
  readonly #open = new Map<string, SourceQueue>();

  constructor(deps: JobQueuesDeps, shared: RedisConnection) {
    this.#deps = deps;
    this.#shared = shared;
  }

  /** Adding a job that is in the queue already changes nothing. */
  async add(tenantId: string, source: number, jobIds: readonly string[]): Promise<void> {
    const { queue } = this.#queueOf(tenantId, source);
    await guard(() =>
      queue.addBulk(
        jobIds.map((jobId) => ({
          name: NAME,
          data: { jobId },
          // A job id of BullMQ must not be all digits.
          opts: { jobId: `wb-${jobId}`, removeOnComplete: true, removeOnFail: true },
        })),
      ),
    );
  }

  /** Null when no job waits. Never blocks. */
  async next(tenantId: string, source: number): Promise<QueuedJob | null> {
    const { worker } = this.#queueOf(tenantId, source);
    const token = newId();
    for (;;) {
      // Declared as always resolving to a job; resolves to undefined when none waits.
      const job = (await guard(() => worker.getNextJob(token, { block: false }))) as Job | undefined;
      if (job === undefined) return null;
      const queued = await this.#read(tenantId, source, job, token);
      if (queued !== null) return queued;
    }
  }

  /** Puts back the jobs that dead nodes hold. BullMQ does the work at most once in STALLED_MS. */
  async recoverStalled(tenantId: string, source: number): Promise<void> {
    const { worker } = this.#queueOf(tenantId, source);
    await guard(() => worker.getBackend().moveStalledJobsToWait());
  }

  async close(): Promise<void> {
    this.#open.clear();
    await this.#shared.close();
  }

  #queueOf(tenantId: string, source: number): SourceQueue {
    const prefix = keys.queuePrefix(tenantId, source);
    const found = this.#open.get(prefix) ?? this.#make(tenantId, prefix);
    this.#open.delete(prefix);
    this.#open.set(prefix, found); // the last used at the end
    const [oldest] = this.#open.size > MAX_OPEN ? this.#open.keys() : [];
    if (oldest !== undefined) this.#open.delete(oldest); // it owns no connection and no timer
    return found;
  }

  #make(tenantId: string, prefix: string): SourceQueue {
    const { store, log } = this.#deps;
    const names = new QueueKeys(prefix);
    const backend: BackendFactory<RedisQueueBackend> = (name, options) =>
      new RedisQueueBackend(
        this.#shared,
        name,
        names.getKeys(name),
        (type) => names.toKey(name, type),
        { ...options, prefix } as typeof options,
        undefined,
        false,
      );
    const queue = new Queue(
      NAME,
      { connection: store.redis, prefix, streams: { events: { maxLen: 64 } } },
      backend,
    );
    const worker = new Worker(
      NAME,
      null,
      {
        connection: store.redis,
        prefix,
        autorun: false,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_MS,
        // The default of 1 fails a job on its second stall; only the record decides what has failed.
        maxStalledCount: 1_000_000,
      },
      backend,
    );
    const onError = (error: Error): void => log.debug("writeback.queue.failed", { tenantId, error });
    queue.on("error", onError);
    worker.on("error", onError);
    return { queue, worker };
  }

  /** Null for a job that carries no job id: that one is removed. */
  async #read(tenantId: string, source: number, job: Job, token: string): Promise<QueuedJob | null> {
    const data = dataSchema.safeParse(job.data);
    if (data.success) return this.#hold(tenantId, source, job, data.data.jobId, token);
    this.#deps.log.error("writeback.queue.job_damaged", {
      tenantId,
      error: new AppError("RECORD_CORRUPT", `${job.id ?? "?"} in the queue carries no job id.`),
    });
    await job.moveToCompleted(null, token, false);
    return null;
  }

  #hold(tenantId: string, source: number, job: Job, jobId: string, token: string): QueuedJob {
    /**
     * Resolves to null when the lock is lost or the job is gone. Another node then continues with it, and there is
     * nothing left to do here.
     */
    const quietly = async <T>(work: () => Promise<T>): Promise<T | null> => {
      try {
        return await work();
      } catch (error) {
        this.#deps.log.debug("writeback.queue.lock_lost", { tenantId, jobId, error });
        return null;
      }
    };
    return {
      jobId,
      extend: async () => (await quietly(() => job.extendLock(token, LOCK_MS))) === 1,
      done: async (more) => {
        const { worker } = this.#queueOf(tenantId, source);
        const left = await quietly(() => job.moveToCompleted(null, token, more));
        if (!more) return null;
        if (left === null) return this.next(tenantId, source);
        const [data, id] = left as [JobJson | null | undefined, string | undefined];
        if (data === null || data === undefined) return null;
        const next = await this.#read(tenantId, source, Job.fromJSON(worker, data, id), token);
        return next ?? this.next(tenantId, source);
      },
      later: async (ms) => {
        await quietly(() => job.moveToDelayed(Date.now() + ms, token));
      },
      release: async () => {
        await quietly(() => job.moveToWait(token));
      },
    };
  }
}
