/**
 * Notices that wait to be delivered: a stream, which all nodes read as one consumer group, and a set of notices to
 * retry later.
 */
import { Redis } from "ioredis";
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

/** One notice; `text` is as given to `add`. The entry stays in the stream until `done` or `later`. */
export interface OutboxEntry {
  readonly entryId: string;
  readonly text: string;
  /** False once this node has failed to renew its lease in time, since another node may then have taken the entry over. */
  readonly isOurs: () => boolean;
}

export interface Outbox extends Closable {
  /**
   * Renews this node's lease. While it lasts, no other node takes over the entries this node has taken. False on the
   * first call, and when the lease had already expired.
   */
  hold(): Promise<boolean>;
  /** Checks whether this node's lease still lasts. */
  isHeld(): boolean;
  /** Stores all texts before it resolves. Also takes up to `room` entries that no node had taken, as `take` does. */
  add(texts: readonly string[], room: number): Promise<OutboxEntry[]>;
  /** Waits up to `waitMs` for entries that no node has taken. Empty after that time, or after `close()`. */
  take(most: number, waitMs: number): Promise<OutboxEntry[]>;
  /**
   * Takes the entries of dead nodes, and entries this node took at least a lease ago, including those it is still
   * working on.
   */
  takeOver(most: number): Promise<OutboxEntry[]>;
  done(entryId: string): Promise<void>;
  /**
   * Puts the entry back into the stream, as `text`, at `dueAt` (epoch ms). Does nothing when another node has taken it
   * over.
   */
  later(entryId: string, text: string, dueAt: number): Promise<void>;
  /** Puts the notices that are due back into the stream. Returns how many there were. */
  bringBack(now: number, most: number): Promise<number>;
}

const GROUP = "notifiers";

const entrySchema = z.tuple([z.string(), z.array(z.string()).nullable()]);
const entriesSchema = z.array(entrySchema);
const readReply = z.array(z.tuple([z.string(), entriesSchema])).nullable();
const countReply = z.number();

/** Opens the outbox on its own connection, because its reads block. Throws STORE_UNAVAILABLE. */
export async function openOutbox({
  store,
  leaseMs,
  clock,
  log,
}: {
  readonly store: Store;
  /** Time after which a node that does not renew its lease counts as dead. */
  readonly leaseMs: number;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Logger;
}): Promise<Outbox> {
  const { redis } = store;
  const reader = new Redis({ ...store.connection, lazyConnect: true, maxRetriesPerRequest: null });
  reader.on("error", (error: Error) => log.debug("store.outbox.connection_failed", { error }));
  // Each start has a new name, so that entries taken before a restart are taken over and not mistaken for this
  // process's own.
  const name = newId();
  let closing = false;
  let heldUntil = -Infinity;
  /** Number of renewals that came too late. */
  let lapses = 0;
  let cutWait = (): void => undefined;

  /**
   * Ends a read at `close()`. If the server disappears during a read, ioredis keeps the read until it has reconnected.
   * If it is disconnected before that, it never settles the read.
   */
  const untilClosed = (read: Promise<unknown>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      cutWait = () => resolve(null);
      read.then(resolve, reject);
    });

  async function makeGroup(): Promise<void> {
    try {
      await redis.xgroup("CREATE", keys.notices, GROUP, "0", "MKSTREAM");
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("BUSYGROUP")) throw error;
    }
  }

  /** Creates the group again if it is missing, which happens when the server lost its data or was flushed. */
  async function withGroup<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOGROUP")) throw error;
      await makeGroup();
      return work();
    }
  }

  try {
    await guard(async () => {
      await reader.connect();
      await makeGroup();
    });
  } catch (error) {
    reader.disconnect();
    throw error;
  }

  return {
    async hold() {
      const askedAt = clock.monotonicMs();
      const reply = await store.call("latchkey_notice_hold", [keys.noticeReaders], [name, leaseMs]);
      const isUnbroken = askedAt < heldUntil && countReply.parse(reply) === 1;
      if (!isUnbroken) lapses += 1;
      heldUntil = askedAt + leaseMs;
      return isUnbroken;
    },
    isHeld,
    async add(texts, room) {
      const toEntry = entryOfNow();
      const reply = await store.call("latchkey_notice_add", [keys.notices], [GROUP, name, room, ...texts]);
      return toEntries(reply, toEntry);
    },
    async take(most, waitMs) {
      if (closing) return [];
      const toEntry = entryOfNow();
      try {
        const reply = await untilClosed(
          guard(() =>
            withGroup(() =>
              reader.xreadgroup(
                "GROUP",
                GROUP,
                name,
                "COUNT",
                most,
                "BLOCK",
                waitMs,
                "STREAMS",
                keys.notices,
                ">",
              ),
            ),
          ),
        );
        return toEntries(reply, toEntry);
      } catch (error) {
        if (isClosing()) return []; // the wait was cut off
        throw error;
      }
    },
    async takeOver(most) {
      const toEntry = entryOfNow();
      const reply = await store.call(
        "latchkey_notice_take_over",
        [keys.notices, keys.noticeReaders],
        [GROUP, name, most, leaseMs],
      );
      return entriesSchema.parse(reply).flatMap(toEntry);
    },
    async done(entryId) {
      await store.call("latchkey_notice_done", [keys.notices], [GROUP, entryId]);
    },
    async later(entryId, text, dueAt) {
      await store.call(
        "latchkey_notice_defer",
        [keys.notices, keys.noticesLater],
        [GROUP, name, entryId, dueAt, text],
      );
    },
    async bringBack(now, most) {
      return countReply.parse(
        await store.call("latchkey_notice_due", [keys.notices, keys.noticesLater], [now, most]),
      );
    },
    close() {
      closing = true;
      cutWait();
      reader.disconnect();
      return Promise.resolve();
    },
  };

  function isClosing(): boolean {
    return closing;
  }

  function isHeld(): boolean {
    return clock.monotonicMs() < heldUntil;
  }

  /** Binds entries requested now to the present lease. The reply may arrive late, after the lease has lapsed once. */
  function entryOfNow(): ToEntry {
    const before = lapses;
    const isOurs = (): boolean => lapses === before && isHeld();
    // An entry that was deleted after it had been taken no longer has fields.
    return ([entryId, fields]) => {
      const text = fields?.[1];
      return text === undefined ? [] : [{ entryId, text, isOurs }];
    };
  }
}

type ToEntry = (raw: z.infer<typeof entrySchema>) => OutboxEntry[];

const toEntries = (reply: unknown, toEntry: ToEntry): OutboxEntry[] =>
  (readReply.parse(reply) ?? []).flatMap(([, entries]) => entries.flatMap(toEntry));
