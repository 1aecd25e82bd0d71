/** Delivers notices in the background: what is stored is delivered at least once, whatever dies meanwhile, or given up after a day. */
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
import type { AddressedNotice, Composer } from "./composer.ts";
import { type Failover, NO_TRAIL, type Trail } from "./failover.ts";
import { FACTS } from "./notifier.ts";

export interface NoticeTimings {
  /** How long a read of the stream waits; the set of those to try again is looked at in between. */
  readonly readMs: number;
  /** A node that has not said for so long that it lives is dead: others deliver what it was delivering. */
  readonly leaseMs: number;
  /** How often a node looks for what the dead left. */
  readonly takeOverEveryMs: number;
  /** It is tried again when it is twice as old, but not sooner than the one and not later than the other. */
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

/** At the same time on one node: with so many held up by a slow mail server, others wait where any node may take them. */
const MOST_AT_ONCE = 32;
/** The lease is renewed so many times while it lasts. */
const RENEWALS = 3;
const MOST_DUE = 100;
const PAUSE_AFTER_FAULT_MS = 1_000;
const CLOSE_MS = 3_000;

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
      doubted: z.array(z.string()),
      error: z.string().nullable(),
    })
    .default(NO_TRAIL as { tries: number; closed: string[]; doubted: string[]; error: string | null }),
});

export const noticeText = (notice: AddressedNotice, trail: Trail = NO_TRAIL): string =>
  JSON.stringify({ ...notice, trail });

export interface NoticeDelivery extends Closable {
  /** Stored when it resolves, and in the hands of this node when it has room. Each is a `noticeText`. */
  add(texts: readonly string[]): Promise<void>;
}

export function startNoticeDelivery(deps: NoticeDeliveryDeps): NoticeDelivery {
  const { outbox, composer, failover, deliveries, clock, log, timings } = deps;
  const stop = new AbortController();
  const isStopped = (): boolean => stop.signal.aborted;
  /** By the entry's id. */
  const underWay = new Map<string, Promise<void>>();
  /** Room that is kept for what is being stored. */
  let adding = 0;
  let takeOverAt = clock.monotonicMs();
  let bringBackAt = clock.monotonicMs();
  let isWell = true;

  async function deliver({ entryId, text, isOurs }: OutboxEntry): Promise<void> {
    const parsed = noticeSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      log.error("notify.notice.unreadable", { entryId });
      await outbox.done(entryId);
      return;
    }
    const { trail: before, ...notice } = parsed.data;
    const { id: deliveryId, tenantId, correlationId, kind, channel, createdAt } = notice;
    const message = await insist(() => composer.notice(notice));
    const round = await failover.round(message, before, () => isStopped() || !isOurs());
    const { tries, error } = round.trail;
    const fields = { tenantId, correlationId, deliveryId, kind, channel, tries, why: error };

    if (round.kind === "taken") {
      const { provider } = round;
      // Together: one write to disk. Whichever is done twice changes nothing.
      await insist(() =>
        Promise.all([
          deliveries.finish(notice, { state: "sent", provider, tries, error }),
          outbox.done(entryId),
        ]),
      );
      log.info("notify.message.sent", { ...fields, provider });
      return;
    }
    const age = clock.now() - createdAt;
    const dueAt = clock.now() + Math.min(Math.max(age, timings.retryLeastMs), timings.retryMostMs);
    if (round.kind === "again" && dueAt < createdAt + timings.giveUpMs) {
      await insist(() => deliveries.finish(notice, { state: "waiting", provider: null, tries, error }));
      await insist(() => outbox.later(entryId, noticeText(notice, round.trail), dueAt));
      return;
    }
    await insist(() => deliveries.finish(notice, { state: "failed", provider: null, tries, error }));
    await insist(() => outbox.done(entryId));
    log.error("notify.message.failed", { ...fields, code: "PROVIDER_FAILED" satisfies ErrorCode });
  }

  /** A mail that was sent is not sent again because Redis was away when that was to be written down. */
  async function insist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (isStopped() || !toAppError(error).retryable) throw error;
        await clock.sleep(PAUSE_AFTER_FAULT_MS, stop.signal);
      }
    }
  }

  /** What was interrupted by the node's end stays, and is taken over. What can never be delivered (its tenant is gone) goes. */
  async function onFault(entryId: string, error: unknown): Promise<void> {
    const isLost = !toAppError(error).retryable;
    log[isLost ? "error" : "warn"](isLost ? "notify.notice.dropped" : "notify.notice.interrupted", {
      entryId,
      error,
    });
    if (isLost) await outbox.done(entryId).catch(() => undefined); // it comes back, and is dropped then
  }

  function start(entry: OutboxEntry): void {
    const { entryId } = entry;
    if (underWay.has(entryId)) return;
    const done = deliver(entry)
      .catch((error: unknown) => onFault(entryId, error))
      .finally(() => underWay.delete(entryId));
    underWay.set(entryId, done);
  }

  const room = (): number => Math.max(0, MOST_AT_ONCE - underWay.size - adding);

  async function turn(): Promise<void> {
    if (room() === 0) {
      await Promise.race([...underWay.values(), clock.sleep(timings.readMs, stop.signal)]);
      return;
    }
    if (clock.monotonicMs() >= bringBackAt) {
      bringBackAt = clock.monotonicMs() + timings.readMs;
      await outbox.bringBack(clock.now(), MOST_DUE);
    }
    if (clock.monotonicMs() >= takeOverAt) {
      takeOverAt = clock.monotonicMs() + timings.takeOverEveryMs;
      for (const entry of await outbox.takeOver(room())) start(entry);
      return;
    }
    for (const entry of await outbox.take(room(), timings.readMs)) start(entry);
  }

  /** After a lapse others may have had one too, since Redis was away: they get the time to say that they live. */
  async function hold(): Promise<void> {
    if (!(await outbox.hold())) takeOverAt = clock.monotonicMs() + timings.takeOverEveryMs;
  }

  async function keepHold(): Promise<void> {
    while (!isStopped()) {
      await clock.sleep(outbox.isHeld() ? timings.leaseMs / RENEWALS : PAUSE_AFTER_FAULT_MS, stop.signal);
      if (!isStopped()) await hold().catch(() => undefined); // run() says that the store is away
    }
  }

  async function run(): Promise<void> {
    while (!isStopped()) {
      try {
        if (!outbox.isHeld()) await hold();
        await turn();
        isWell = true;
      } catch (error) {
        if (isWell) log.warn("notify.outbox.unreadable", { error });
        isWell = false;
        await clock.sleep(PAUSE_AFTER_FAULT_MS, stop.signal);
      }
    }
  }
  const running = Promise.all([run(), keepHold()]);

  return {
    async add(texts) {
      const most = isStopped() || !outbox.isHeld() ? 0 : Math.min(texts.length, room());
      adding += most;
      try {
        for (const entry of await outbox.add(texts, most)) start(entry);
      } finally {
        adding -= most;
      }
    },
    async close() {
      stop.abort();
      await outbox.close();
      await running;
      // A server that does not answer must not keep the node: its notices stay, and are taken over.
      const patience = new AbortController();
      await Promise.race([Promise.all(underWay.values()), clock.sleep(CLOSE_MS, patience.signal)]);
      patience.abort();
    },
  };
}
