/**
 * BullMQ: one queue a tenant, which tells nodes that a job waits, brings it to one of them at a time, and brings it back when
 * that node dies. It carries job ids only; what a job is and what came of it is in its record.
 *
 * All queues of a node use the store's connection, and nothing blocks on it: a Worker of BullMQ's own making costs a connection
 * for each tenant, whereas these are asked when there is reason to (measured: no idle commands for 10,000 tenants). It fails fast
 * like everything of the store: the record is stored, and the sweep brings to the queue what is missing there.
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

/** A job in the hands of this node, locked for LOCK_MS at a time. After the lock another node may get it too. */
export interface QueuedJob {
  readonly jobId: string;
  /** False: the lock is lost, another node may have it. */
  extend(): Promise<boolean>;
  /** The record is final. The next one in the queue, if there is one and `more` are wanted: cheaper than to ask for it. */
  done(more: boolean): Promise<QueuedJob | null>;
  /** Back in the queue, to be fetched again after `ms`. */
  later(ms: number): Promise<void>;
  /** Back in the queue at once. */
  release(): Promise<void>;
}

export interface JobQueues extends Closable {
  /** No harm if they are there already. */
  add(tenantId: string, jobIds: readonly string[]): Promise<void>;
  /** Never waits. */
  next(tenantId: string): Promise<QueuedJob | null>;
  /** Brings back what dead nodes hold. BullMQ itself does it at most every STALLED_MS. */
  recoverStalled(tenantId: string): Promise<void>;
}

export const LOCK_MS = 30_000;
const STALLED_MS = 10_000;
/** Queue objects kept; a tenant's is made again when it is needed. */
const MAX_OPEN = 2_000;
const NAME = "writeback";

const dataSchema = z.strictObject({ jobId: jobIdSchema });

interface TenantQueue {
  readonly queue: Queue;
  readonly worker: Worker;
}

export async function openJobQueues({
  store,
  log,
}: {
  readonly store: Store;
  readonly log: Logger;
}): Promise<JobQueues> {
  const { redis } = store;
  const shared = await guard(async () => {
    const connection = new RedisConnection(redis, { shared: true, blocking: false });
    connection.on("error", () => undefined); // the store logs it
    await connection.client;
    return connection;
  });

  const open = new Map<string, TenantQueue>();

  function queueOf(tenantId: string): TenantQueue {
    const known = open.get(tenantId);
    if (known !== undefined) {
      open.delete(tenantId);
      open.set(tenantId, known); // the last used at the end
      return known;
    }
    const prefix = keys.queuePrefix(tenantId);
    const names = new QueueKeys(prefix);
    const backend: BackendFactory<RedisQueueBackend> = (name, options) =>
      new RedisQueueBackend(
        shared,
        name,
        names.getKeys(name),
        (type) => names.toKey(name, type),
        { ...options, prefix } as typeof options,
        undefined,
        false,
      );
    const queue = new Queue(
      NAME,
      { connection: redis, prefix, streams: { events: { maxLen: 64 } } },
      backend,
    );
    const worker = new Worker(
      NAME,
      null,
      {
        connection: redis,
        prefix,
        autorun: false,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_MS,
        // The default of 1 fails a job on its second stall; only the record says what has failed.
        maxStalledCount: 1_000_000,
      },
      backend,
    );
    const onError = (error: Error): void => log.debug("writeback.queue.failed", { tenantId, error });
    queue.on("error", onError);
    worker.on("error", onError);
    const made = { queue, worker };
    open.set(tenantId, made);
    if (open.size > MAX_OPEN) {
      const [oldest] = open.keys();
      if (oldest !== undefined) open.delete(oldest); // it owns no connection and no timer
    }
    return made;
  }

  function held(tenantId: string, job: Job, jobId: string, token: string): QueuedJob {
    /** Null: the lock is lost or the job is gone, so another node goes on with it and there is nothing to do here. */
    const quietly = async <T>(work: () => Promise<T>): Promise<T | null> => {
      try {
        return await work();
      } catch (error) {
        log.debug("writeback.queue.lock_lost", { tenantId, jobId, error });
        return null;
      }
    };
    return {
      jobId,
      extend: async () => (await quietly(() => job.extendLock(token, LOCK_MS))) === 1,
      async done(more) {
        const { worker } = queueOf(tenantId);
        const left = await quietly(() => job.moveToCompleted(null, token, more));
        if (!more) return null;
        if (left === null) return next(tenantId);
        const [data, id] = left as [JobJson | null | undefined, string | undefined];
        if (data === null || data === undefined) return null;
        return (await read(tenantId, Job.fromJSON(worker, data, id), token)) ?? next(tenantId);
      },
      later: async (ms) => {
        await quietly(() => job.moveToDelayed(Date.now() + ms, token));
      },
      release: async () => {
        await quietly(() => job.moveToWait(token));
      },
    };
  }

  /** Null for one that names no job: that one is done with. */
  async function read(tenantId: string, job: Job, token: string): Promise<QueuedJob | null> {
    const data = dataSchema.safeParse(job.data);
    if (data.success) return held(tenantId, job, data.data.jobId, token);
    log.error("writeback.queue.job_damaged", {
      tenantId,
      error: new AppError("RECORD_CORRUPT", `${job.id ?? "?"} in the queue carries no job id.`),
    });
    await job.moveToCompleted(null, token, false);
    return null;
  }

  async function next(tenantId: string): Promise<QueuedJob | null> {
    const { worker } = queueOf(tenantId);
    const token = newId();
    for (;;) {
      // Declared as always giving a job; gives undefined when none waits.
      const job = (await guard(() => worker.getNextJob(token, { block: false }))) as Job | undefined;
      if (job === undefined) return null;
      const queued = await read(tenantId, job, token);
      if (queued !== null) return queued;
    }
  }

  return {
    async add(tenantId, jobIds) {
      const { queue } = queueOf(tenantId);
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
    },
    next,
    async recoverStalled(tenantId) {
      const { worker } = queueOf(tenantId);
      await guard(() => worker.getBackend().moveStalledJobsToWait());
    },
    async close() {
      open.clear();
      await shared.close();
    },
  };
}
