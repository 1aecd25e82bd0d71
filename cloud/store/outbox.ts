/** The notices that wait to be delivered: a stream that all nodes read as one group, and a set of those to try again later. */
import { Redis } from "ioredis";
import { z } from "zod";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

/** `text` is what `add` was given. It stays in the stream until `done` or `later`. */
export interface OutboxEntry {
  readonly entryId: string;
  readonly text: string;
}

export interface Outbox extends Closable {
  /** Stored, all of them, when it resolves. */
  add(texts: readonly string[]): Promise<void>;
  /** Waits up to `waitMs` for entries that no node has taken; none after that, or after `close()`. */
  take(most: number, waitMs: number): Promise<OutboxEntry[]>;
  /** Entries that were taken longer ago: their node has died, or does not get on. */
  takeOver(idleMs: number, most: number): Promise<OutboxEntry[]>;
  done(entryId: string): Promise<void>;
  /** Back in the stream, as `text`, from `dueAt` (epoch ms) on. */
  later(entryId: string, text: string, dueAt: number): Promise<void>;
  /** Puts what is due back into the stream; how many there were. */
  bringBack(now: number, most: number): Promise<number>;
  /** Forgets the readers of nodes that are long gone. */
  dropReaders(idleMs: number): Promise<void>;
}

const GROUP = "notifiers";

const entrySchema = z.tuple([z.string(), z.array(z.string()).nullable()]);
const entriesSchema = z.array(entrySchema);
const readReply = z.array(z.tuple([z.string(), entriesSchema])).nullable();
const claimReply = z.tuple([z.string(), entriesSchema]).rest(z.unknown());
const countReply = z.number();
/** Of XINFO CONSUMERS: name, value, name, value. */
const consumersReply = z.array(z.array(z.union([z.string(), z.number()])));

/** Has a connection of its own, since its reads wait. Throws STORE_UNAVAILABLE. */
export async function openOutbox({ store, log }: { store: Store; log: Logger }): Promise<Outbox> {
  const { redis } = store;
  const reader = new Redis({ ...store.connection, lazyConnect: true, maxRetriesPerRequest: null });
  reader.on("error", (error: Error) => log.debug("store.outbox.connection_failed", { error }));
  // A name that no other life of this node had: what that one took is taken over, not taken for our own.
  const name = newId();
  let closing = false;
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
    async add(texts) {
      await guard(() => Promise.all(texts.map((text) => redis.xadd(keys.notices, "*", "notice", text))));
    },
    async take(most, waitMs) {
      if (closing) return [];
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
        return (readReply.parse(reply) ?? []).flatMap(([, entries]) => entries.flatMap(toEntry));
      } catch (error) {
        if (isClosing()) return []; // the wait was cut off
        throw error;
      }
    },
    async takeOver(idleMs, most) {
      const reply = await guard(() =>
        withGroup(() => redis.call("XAUTOCLAIM", keys.notices, GROUP, name, idleMs, "0-0", "COUNT", most)),
      );
      return claimReply.parse(reply)[1].flatMap(toEntry);
    },
    async done(entryId) {
      await guard(() =>
        Promise.all([redis.xack(keys.notices, GROUP, entryId), redis.xdel(keys.notices, entryId)]),
      );
    },
    async later(entryId, text, dueAt) {
      await store.call(
        "latchkey_notice_defer",
        [keys.notices, keys.noticesLater],
        [GROUP, entryId, dueAt, text],
      );
    },
    async bringBack(now, most) {
      return countReply.parse(
        await store.call("latchkey_notice_due", [keys.notices, keys.noticesLater], [now, most]),
      );
    },
    async dropReaders(idleMs) {
      const reply = await guard(() => withGroup(() => redis.call("XINFO", "CONSUMERS", keys.notices, GROUP)));
      for (const fields of consumersReply.parse(reply)) {
        const field = (wanted: string) => fields[fields.indexOf(wanted) + 1];
        const other = field("name");
        // One with entries keeps them until another node has taken them over.
        if (other === name || field("pending") !== 0 || Number(field("idle")) < idleMs) continue;
        await guard(() => redis.xgroup("DELCONSUMER", keys.notices, GROUP, String(other)));
      }
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
}

/** An entry that was deleted after it was taken has no fields any more. */
function toEntry([entryId, fields]: z.infer<typeof entrySchema>): OutboxEntry[] {
  const text = fields?.[1];
  return text === undefined ? [] : [{ entryId, text }];
}
