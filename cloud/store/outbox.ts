/** The notices that wait to be delivered: a stream that all nodes read as one group, and a set of those to try again later. */
import { Redis } from "ioredis";
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

/** `text` is what `add` was given. It stays in the stream until `done` or `later`. */
export interface OutboxEntry {
  readonly entryId: string;
  readonly text: string;
  /** False once this node has not said in time that it lives: then another may have taken it over. */
  readonly isOurs: () => boolean;
}

export interface Outbox extends Closable {
  /** Says that this node lives: so long nobody takes over what it has taken. False the first time, and when it came too late. */
  hold(): Promise<boolean>;
  /** Has it said so lately? */
  isHeld(): boolean;
  /** Stored, all of them, when it resolves. Up to `room` entries that no node had taken are this node's then, as by `take`. */
  add(texts: readonly string[], room: number): Promise<OutboxEntry[]>;
  /** Waits up to `waitMs` for entries that no node has taken; none after that, or after `close()`. */
  take(most: number, waitMs: number): Promise<OutboxEntry[]>;
  /** The entries of nodes that have died, and this node's own of longer ago: also those that it is still busy with. */
  takeOver(most: number): Promise<OutboxEntry[]>;
  done(entryId: string): Promise<void>;
  /** Back in the stream, as `text`, from `dueAt` (epoch ms) on; nothing when another node has taken it over. */
  later(entryId: string, text: string, dueAt: number): Promise<void>;
  /** Puts what is due back into the stream; how many there were. */
  bringBack(now: number, most: number): Promise<number>;
}

const GROUP = "notifiers";

const entrySchema = z.tuple([z.string(), z.array(z.string()).nullable()]);
const entriesSchema = z.array(entrySchema);
const readReply = z.array(z.tuple([z.string(), entriesSchema])).nullable();
const countReply = z.number();

/** Has a connection of its own, since its reads wait. Throws STORE_UNAVAILABLE. */
export async function openOutbox({
  store,
  leaseMs,
  clock,
  log,
}: {
  readonly store: Store;
  /** How long a node is believed to live that says nothing. */
  readonly leaseMs: number;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Logger;
}): Promise<Outbox> {
  const { redis } = store;
  const reader = new Redis({ ...store.connection, lazyConnect: true, maxRetriesPerRequest: null });
  reader.on("error", (error: Error) => log.debug("store.outbox.connection_failed", { error }));
  // A name that no other life of this node had: what that one took is taken over, not taken for our own.
  const name = newId();
  let closing = false;
  let heldUntil = -Infinity;
  /** How often that was too late. */
  let lapses = 0;
  let cutWait = (): void => undefined;

  /**
   * ioredis keeps a read that was under way when the server went for after a reconnect, and forgets it, unanswered, when it is
   * disconnected before there was one.
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

  /** The group is gone when the server has lost its data, or was emptied. */
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

  /** What is asked for now is ours as long as we go on saying that we live: an answer may be read late. */
  function entryOfNow(): ToEntry {
    const before = lapses;
    const isOurs = (): boolean => lapses === before && isHeld();
    // An entry that was deleted after it was taken has no fields any more.
    return ([entryId, fields]) => {
      const text = fields?.[1];
      return text === undefined ? [] : [{ entryId, text, isOurs }];
    };
  }
}

type ToEntry = (raw: z.infer<typeof entrySchema>) => OutboxEntry[];

const toEntries = (reply: unknown, toEntry: ToEntry): OutboxEntry[] =>
  (readReply.parse(reply) ?? []).flatMap(([, entries]) => entries.flatMap(toEntry));
