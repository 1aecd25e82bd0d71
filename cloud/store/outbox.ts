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
import { parseAuthentic, printAuthentic } from "./authentic.ts";
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
  /** Stores all texts before it resolves. An entry that no node stored is refused and removed. Also takes up to `room` entries that no node had taken, as `take` does. */
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
const RECORD = { kind: "notice", tenantId: null, key: keys.notices } as const;

const entrySchema = z.tuple([z.string(), z.array(z.string()).nullable()]);
const entriesSchema = z.array(entrySchema);
const readReply = z.array(z.tuple([z.string(), entriesSchema])).nullable();
const countReply = z.number();

export interface OutboxOptions {
  readonly store: Store;
  /** Time after which a node that does not renew its lease counts as dead. */
  readonly leaseMs: number;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Logger;
}

/** Opens the outbox on its own connection, because its reads block. Throws STORE_UNAVAILABLE. */
export const openOutbox = (options: OutboxOptions): Promise<Outbox> => RedisOutbox.open(options);

/**
 * The outbox as one node sees it. Two things have states:
 *
 *   the lease:   lapsed ──hold()──► held ──leaseMs without hold()──► lapsed
 *                Each lapse ends the ownership of every entry taken before it.
 *   the reader:  open ──close()──► closed, which ends a read that is waiting
 */
class RedisOutbox implements Outbox {
  readonly #store: Store;
  readonly #reader: Redis;
  readonly #leaseMs: number;
  readonly #clock: Pick<Clock, "monotonicMs">;
  /**
   * Each start has a new name, so that entries taken before a restart are taken over and not mistaken for this
   * process's own.
   */
  readonly #name = newId();
  #heldUntil = -Infinity;
  /** Number of renewals that came too late. */
  #lapses = 0;
  #isClosed = false;
  #cutWait = (): void => undefined;

  static async open(options: OutboxOptions): Promise<Outbox> {
    const outbox = new RedisOutbox(options);
    try {
      await guard(async () => {
        await outbox.#reader.connect();
        await outbox.#makeGroup();
      });
    } catch (error) {
      outbox.#reader.disconnect();
      throw error;
    }
    return outbox;
  }

  private constructor({ store, leaseMs, clock, log }: OutboxOptions) {
    this.#store = store;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
    this.#reader = new Redis({ ...store.connection, lazyConnect: true, maxRetriesPerRequest: null });
    this.#reader.on("error", (error: Error) => log.debug("store.outbox.connection_failed", { error }));
  }

  async hold(): Promise<boolean> {
    const askedAt = this.#clock.monotonicMs();
    const args = [this.#name, this.#leaseMs];
    const reply = await this.#store.call("latchkey_notice_hold", [keys.noticeReaders], args);
    const isUnbroken = askedAt < this.#heldUntil && countReply.parse(reply) === 1;
    if (!isUnbroken) this.#lapses += 1;
    this.#heldUntil = askedAt + this.#leaseMs;
    return isUnbroken;
  }

  isHeld(): boolean {
    return this.#clock.monotonicMs() < this.#heldUntil;
  }

  async add(texts: readonly string[], room: number): Promise<OutboxEntry[]> {
    const toEntry = this.#entryOfNow();
    const args = [GROUP, this.#name, room, ...texts.map((text) => this.#sign(text))];
    return toEntries(await this.#store.call("latchkey_notice_add", [keys.notices], args), toEntry);
  }

  async take(most: number, waitMs: number): Promise<OutboxEntry[]> {
    if (this.#isClosed) return [];
    const toEntry = this.#entryOfNow();
    const group = ["GROUP", GROUP, this.#name] as const;
    const read = (): Promise<unknown> =>
      this.#reader.xreadgroup(...group, "COUNT", most, "BLOCK", waitMs, "STREAMS", keys.notices, ">");
    try {
      return toEntries(await this.#untilClosed(guard(() => this.#withGroup(read))), toEntry);
    } catch (error) {
      if (this.#hasClosed()) return []; // the wait was cut off
      throw error;
    }
  }

  async takeOver(most: number): Promise<OutboxEntry[]> {
    const toEntry = this.#entryOfNow();
    const reply = await this.#store.call(
      "latchkey_notice_take_over",
      [keys.notices, keys.noticeReaders],
      [GROUP, this.#name, most, this.#leaseMs],
    );
    return entriesSchema.parse(reply).flatMap(toEntry);
  }

  async done(entryId: string): Promise<void> {
    await this.#store.call("latchkey_notice_done", [keys.notices], [GROUP, entryId]);
  }

  async later(entryId: string, text: string, dueAt: number): Promise<void> {
    await this.#store.call(
      "latchkey_notice_defer",
      [keys.notices, keys.noticesLater],
      [GROUP, this.#name, entryId, dueAt, this.#sign(text)],
    );
  }

  async bringBack(now: number, most: number): Promise<number> {
    const moved = [keys.notices, keys.noticesLater];
    return countReply.parse(await this.#store.call("latchkey_notice_due", moved, [now, most]));
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#cutWait();
    this.#reader.disconnect();
    return Promise.resolve();
  }

  /** It may have closed during an await, which the compiler does not see in the field. */
  #hasClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Ends a read at `close()`. If the server disappears during a read, ioredis keeps the read until it has reconnected.
   * If it is disconnected before that, it never settles the read.
   */
  #untilClosed(read: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#cutWait = () => resolve(null);
      read.then(resolve, reject);
    });
  }

  async #makeGroup(): Promise<void> {
    try {
      await this.#store.redis.xgroup("CREATE", keys.notices, GROUP, "0", "MKSTREAM");
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("BUSYGROUP")) throw error;
    }
  }

  /** Creates the group again if it is missing, which happens when the server lost its data or was flushed. */
  async #withGroup<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOGROUP")) throw error;
      await this.#makeGroup();
      return work();
    }
  }

  /** Binds entries requested now to the present lease. The reply may arrive late, after the lease has lapsed once. */
  #entryOfNow(): ToEntry {
    const lapses = this.#lapses;
    const isOurs = (): boolean => this.#lapses === lapses && this.isHeld();
    // An entry that was deleted after it had been taken no longer has fields.
    return ([entryId, fields]) => {
      const value = fields?.[1];
      if (value === undefined) return [];
      try {
        return [{ entryId, text: parseAuthentic(this.#store, RECORD, value), isOurs }];
      } catch {
        // Reported. If it cannot be removed now, it is taken over and refused again.
        void this.done(entryId).catch(() => undefined);
        return [];
      }
    };
  }

  /** A notice speaks for the installation, so a writer of Redis must not be able to make one. */
  #sign(text: string): string {
    return printAuthentic(this.#store, RECORD.key, text);
  }
}

type ToEntry = (raw: z.infer<typeof entrySchema>) => OutboxEntry[];

const toEntries = (reply: unknown, toEntry: ToEntry): OutboxEntry[] =>
  (readReply.parse(reply) ?? []).flatMap(([, entries]) => entries.flatMap(toEntry));
