/**
 * BullMQ: one queue a tenant, which tells nodes that a job waits, brings it to one of them at a time, and brings it back when
 * that node dies. It carries job ids only; what a job is and what came of it is in its record.
 *
 * All queues of a node share one connection, and nothing blocks on it: a Worker of BullMQ's own making costs a connection for
 * each tenant, whereas these are asked when there is reason to (measured: 1 connection and no idle commands for 10,000 tenants).
 */
import {
  type BackendFactory,
  type Job,
  Queue,
  QueueKeys,
  RedisConnection,
  RedisQueueBackend,
  Worker,
} from "bullmq";
import { Redis } from "ioredis";
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
  /** The record is final. */
  done(): Promise<void>;
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
  const redis = new Redis({
    ...store.connection,
    lazyConnect: true,
    // Fail fast: the record is stored, and the sweep brings to the queue what is missing there.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0, // why not 1: see store.ts
    retryStrategy: (attempt) => Math.min(100 * attempt, 1_000),
  });
  redis.on("error", (error: Error) => log.debug("writeback.queue.connection_failed", { error }));
  let shared: RedisConnection;
  try {
    shared = await guard(async () => {
      // Before BullMQ sees it: a client that is not connected it would connect a second time.
      await redis.connect();
      const connection = new RedisConnection(redis, { shared: true, blocking: false });
      connection.on("error", () => undefined); // logged above
      await connection.client;
      return connection;
    });
  } catch (error) {
    redis.disconnect();
    throw error;
  }

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
    /** A lost lock or a job that is gone means that another node goes on with it: nothing to do here. */
    const quietly = async (work: () => Promise<unknown>): Promise<boolean> => {
      try {
        await work();
        return true;
      } catch (error) {
        log.debug("writeback.queue.lock_lost", { tenantId, jobId, error });
        return false;
      }
    };
    return {
      jobId,
      extend: async () => {
        let extended = 0;
        await quietly(async () => (extended = await job.extendLock(token, LOCK_MS)));
        return extended === 1;
      },
      done: async () => {
        await quietly(() => job.moveToCompleted(null, token, false));
      },
      later: async (ms) => {
        await quietly(() => job.moveToDelayed(Date.now() + ms, token));
      },
      release: async () => {
        await quietly(() => job.moveToWait(token));
      },
    };
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
    async next(tenantId) {
      const { worker } = queueOf(tenantId);
      const token = newId();
      for (;;) {
        // Declared as always giving a job; gives undefined when none waits.
        const job = (await guard(() => worker.getNextJob(token, { block: false }))) as Job | undefined;
        if (job === undefined) return null;
        const data = dataSchema.safeParse(job.data);
        if (data.success) return held(tenantId, job, data.data.jobId, token);
        log.error("writeback.queue.job_damaged", {
          tenantId,
          error: new AppError("RECORD_CORRUPT", `${job.id ?? "?"} in the queue carries no job id.`),
        });
        await job.moveToCompleted(null, token, false);
      }
    },
    async recoverStalled(tenantId) {
      const { worker } = queueOf(tenantId);
      await guard(() => worker.getBackend().moveStalledJobsToWait());
    },
    async close() {
      open.clear();
      await shared.close();
      redis.disconnect();
    },
  };
}
