/**
 * Delivers notices in the background. A stored notice is delivered at least once, whichever node dies meanwhile, or given up after
 * a day.
 */
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { DAY_MS, HOUR_MS } from "../../shared/durations.ts";
import { type ErrorCode, toAppError } from "../../shared/errors.ts";
import { tenantIdSchema, ulidSchema } from "../../shared/ids.ts";
import { LANGUAGES } from "../../shared/language.ts";
import type { Logger } from "../../shared/logger.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { DeliveryStore } from "../store/deliveries.ts";
import { NOTICE_KINDS } from "../store/delivery-record.ts";
import type { Outbox, OutboxEntry } from "../store/outbox.ts";
import { createTtlCache } from "../ttl-cache.ts";
import type { AddressedNotice, Composer } from "./composer.ts";
import { type Failover, NO_TRAIL, type Trail } from "./failover.ts";
import { FACTS } from "./notifier.ts";

export interface NoticeTimings {
  /** How long a read of the stream waits. Between two reads, the notices to retry are checked. */
  readonly readMs: number;
  /** A node that has not renewed its lease for this long is dead: other nodes deliver its notices. */
  readonly leaseMs: number;
  /** Interval at which a node looks for notices of dead nodes. */
  readonly takeOverEveryMs: number;
  /** A notice is retried when it is twice as old, but after at least `retryLeastMs` and at most `retryMostMs`. */
  readonly retryLeastMs: number;
  readonly retryMostMs: number;
  readonly giveUpMs: number;
}

export const NOTICE_TIMINGS: NoticeTimings = {
  readMs: 1_000,
  leaseMs: 30_000,
  takeOverEveryMs: 10_000,
  retryLeastMs: 5_000,
  retryMostMs: HOUR_MS,
  giveUpMs: DAY_MS,
};

export interface NoticeDeliveryDeps {
  readonly outbox: Outbox;
  readonly composer: Pick<Composer, "notice">;
  readonly failover: Failover;
  readonly deliveries: Pick<DeliveryStore, "finish">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timings: NoticeTimings;
}

/**
 * Maximum number of notices in delivery on one node. When a slow mail server holds up this many, the others stay in the
 * stream, where any node can take them.
 */
const MOST_AT_ONCE = 32;
/** The lease is renewed this many times during its life. */
const RENEWALS = 3;
const MOST_DUE = 100;
const PAUSE_AFTER_FAULT_MS = 1_000;
const CLOSE_MS = 3_000;
/** Notices that one node remembers. */
const MAX_KNOWN = 20_000;
/** Age from which a notice counts as put back: longer than it waits before it is given up, because all nodes may have been down. */
const MAX_AGE_MS = 2 * DAY_MS;

const noticeSchema = z.object({
  id: ulidSchema,
  tenantId: tenantIdSchema,
  correlationId: z.string().max(256),
  kind: z.enum(NOTICE_KINDS),
  language: z.enum(LANGUAGES),
  channel: z.enum(["email", "text"]),
  to: z.string().max(254),
  createdAt: z.int().min(0),
  facts: z.partialRecord(z.enum(FACTS), z.string()),
  trail: z
    .object({
      tries: z.int().min(0),
      closed: z.array(z.string()),
      barred: z.array(z.string()).default([]),
      doubted: z.array(z.string()),
      error: z.string().nullable(),
    })
    .default({ tries: 0, closed: [], barred: [], doubted: [], error: null }),
});

export const noticeText = (notice: AddressedNotice, trail: Trail = NO_TRAIL): string =>
  JSON.stringify({ ...notice, trail });

export const startNoticeDelivery = (deps: NoticeDeliveryDeps): NoticeDelivery => new NoticeDelivery(deps);

/**
 * One notice, from the stream of notices back to it or out of it:
 *
 *   stored ── add, take, take over ─► under way ── a provider took it ────────────────► sent
 *      ▲                                  │    ├── all refuse it, or a day passed ────► failed
 *      └──── due again ◄── retry later ◄──┘    └── its tenant is gone, unreadable ────► dropped
 *
 * A notice under way on a node that stops or dies stays in the stream; when the lease of that node has run out, another node takes
 * it over.
 */
export class NoticeDelivery implements Closable {
  readonly #deps: NoticeDeliveryDeps;
  readonly #closing = new AbortController();
  /** Deliveries in progress, by the id of the entry in the stream. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #running: Promise<unknown>;
  /**
   * Notices that this node is delivering or has delivered, by id, with the entry in the stream. A writer of Redis can put a notice that
   * was sent back into the stream, with its MAC, as often as they like.
   */
  readonly #known = createTtlCache<string, string>({ maxEntries: MAX_KNOWN });
  /** Room reserved for notices that are being stored. */
  #adding = 0;
  #takeOverAt: number;
  #bringBackAt: number;
  /** False after a failure of the store, so that it is logged once. */
  #isReadable = true;

  constructor(deps: NoticeDeliveryDeps) {
    this.#deps = deps;
    this.#takeOverAt = deps.clock.monotonicMs();
    this.#bringBackAt = deps.clock.monotonicMs();
    this.#running = Promise.all([this.#run(), this.#keepLease()]);
  }

  /**
   * Stores notices, each a `noticeText`, and resolves when all are stored. Begins to deliver as many of them as this
   * node has room for.
   */
  async add(texts: readonly string[]): Promise<void> {
    const { outbox } = this.#deps;
    const most = this.#isClosing() || !outbox.isHeld() ? 0 : Math.min(texts.length, this.#room);
    this.#adding += most;
    try {
      for (const entry of await outbox.add(texts, most)) this.#start(entry);
    } finally {
      this.#adding -= most;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#deps.outbox.close();
    await this.#running;
    // A mail server that does not answer must not delay the node's end. Its notices stay in the stream and are taken
    // over.
    const patience = new AbortController();
    await Promise.race([
      Promise.all(this.#underWay.values()),
      this.#deps.clock.sleep(CLOSE_MS, patience.signal),
    ]);
    patience.abort();
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  get #room(): number {
    return Math.max(0, MOST_AT_ONCE - this.#underWay.size - this.#adding);
  }

  #sleep(ms: number): Promise<void> {
    return this.#deps.clock.sleep(ms, this.#closing.signal);
  }

  // ---- Taking notices ------------------------------------------------------------------------------------------------

  async #run(): Promise<void> {
    const { outbox, log } = this.#deps;
    while (!this.#isClosing()) {
      try {
        if (!outbox.isHeld()) await this.#renewLease();
        await this.#takeSome();
        this.#isReadable = true;
      } catch (error) {
        if (this.#isReadable) log.warn("notify.outbox.unreadable", { error });
        this.#isReadable = false;
        await this.#sleep(PAUSE_AFTER_FAULT_MS);
      }
    }
  }

  async #takeSome(): Promise<void> {
    const { outbox, clock, timings } = this.#deps;
    if (this.#room === 0) {
      await Promise.race([...this.#underWay.values(), this.#sleep(timings.readMs)]);
      return;
    }
    if (clock.monotonicMs() >= this.#bringBackAt) {
      this.#bringBackAt = clock.monotonicMs() + timings.readMs;
      await outbox.bringBack(clock.now(), MOST_DUE);
    }
    if (clock.monotonicMs() >= this.#takeOverAt) {
      this.#takeOverAt = clock.monotonicMs() + timings.takeOverEveryMs;
      for (const entry of await outbox.takeOver(this.#room)) this.#start(entry);
      return;
    }
    for (const entry of await outbox.take(this.#room, timings.readMs)) this.#start(entry);
  }

  async #keepLease(): Promise<void> {
    const { outbox, timings } = this.#deps;
    while (!this.#isClosing()) {
      await this.#sleep(outbox.isHeld() ? timings.leaseMs / RENEWALS : PAUSE_AFTER_FAULT_MS);
      if (!this.#isClosing()) await this.#renewLease().catch(() => undefined); // #run() logs the failure
    }
  }

  /**
   * If this node's lease had expired, Redis may have been unavailable for all nodes. The others then get time to renew
   * their leases.
   */
  async #renewLease(): Promise<void> {
    const { outbox, clock, timings } = this.#deps;
    if (!(await outbox.hold())) this.#takeOverAt = clock.monotonicMs() + timings.takeOverEveryMs;
  }

  #start(entry: OutboxEntry): void {
    const { entryId } = entry;
    if (this.#underWay.has(entryId)) return;
    const done = this.#deliver(entry)
      .catch((error: unknown) => this.#onFault(entryId, error))
      .finally(() => this.#underWay.delete(entryId));
    this.#underWay.set(entryId, done);
  }

  // ---- Delivering one notice -----------------------------------------------------------------------------------------

  async #deliver(entry: OutboxEntry): Promise<void> {
    const { outbox, clock, log } = this.#deps;
    const { entryId, text } = entry;
    const parsed = noticeSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      log.error("notify.notice.unreadable", { entryId });
      await outbox.done(entryId);
      return;
    }
    const { trail: before, ...notice } = parsed.data;
    const { id: deliveryId, tenantId, kind, createdAt } = notice;
    const isOld = clock.now() - createdAt > MAX_AGE_MS;
    if (isOld || (this.#known.get(deliveryId) ?? entryId) !== entryId) {
      log.error("notify.notice.repeated", { entryId, deliveryId, tenantId, kind });
      await outbox.done(entryId);
      return;
    }
    this.#known.set(deliveryId, entryId);
    try {
      if (!(await this.#attempt(entry, notice, before))) this.#known.delete(deliveryId);
    } catch (error) {
      this.#known.delete(deliveryId);
      throw error;
    }
  }

  /** Returns false when the notice waits for another attempt, which has another entry in the stream. */
  async #attempt({ entryId, isOurs }: OutboxEntry, notice: AddressedNotice, before: Trail): Promise<boolean> {
    const { outbox, composer, failover, deliveries, clock, log, timings } = this.#deps;
    const { id: deliveryId, tenantId, correlationId, kind, channel, createdAt } = notice;
    const message = await this.#insist(() => composer.notice(notice));
    const round = await failover.round(message, before, () => this.#isClosing() || !isOurs());
    const { tries, error } = round.trail;
    const fields = { tenantId, correlationId, deliveryId, kind, channel, tries, why: error };

    if (round.kind === "taken") {
      const { provider } = round;
      // Both are sent together, for one write to disk. Repeating either of them has no effect.
      await this.#insist(() =>
        Promise.all([
          deliveries.finish(notice, { state: "sent", provider, tries, error }),
          outbox.done(entryId),
        ]),
      );
      log.info("notify.message.sent", { ...fields, provider });
      return true;
    }
    const age = clock.now() - createdAt;
    const dueAt = clock.now() + Math.min(Math.max(age, timings.retryLeastMs), timings.retryMostMs);
    // A refused login is mended by an administrator, perhaps within the day.
    const mayBeMended = round.trail.barred.length > 0;
    if ((round.kind === "again" || mayBeMended) && dueAt < createdAt + timings.giveUpMs) {
      await this.#insist(() => deliveries.finish(notice, { state: "waiting", provider: null, tries, error }));
      await this.#insist(() =>
        outbox.later(entryId, noticeText(notice, { ...round.trail, barred: [] }), dueAt),
      );
      return false;
    }
    await this.#insist(() => deliveries.finish(notice, { state: "failed", provider: null, tries, error }));
    await this.#insist(() => outbox.done(entryId));
    log.error("notify.message.failed", { ...fields, code: "PROVIDER_FAILED" satisfies ErrorCode });
    return true;
  }

  /** Retries while Redis is unavailable. A mail must not be sent again because its delivery could not be recorded. */
  async #insist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.#isClosing() || !toAppError(error).retryable) throw error;
        await this.#sleep(PAUSE_AFTER_FAULT_MS);
      }
    }
  }

  /** Leaves an interrupted notice to be taken over. Drops one that can never be delivered, because its tenant is gone. */
  async #onFault(entryId: string, error: unknown): Promise<void> {
    const { outbox, log } = this.#deps;
    const isLost = !toAppError(error).retryable;
    log[isLost ? "error" : "warn"](isLost ? "notify.notice.dropped" : "notify.notice.interrupted", {
      entryId,
      error,
    });
    if (isLost) await outbox.done(entryId).catch(() => undefined); // otherwise another node takes it over and drops it
  }
}
