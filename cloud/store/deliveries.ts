/** Stores the delivery records of cloud/notify: the result of every message, without its content. */
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import { tenantIdSchema, ulidSchema } from "../../shared/ids.ts";
import { CHANNELS } from "../../shared/methods.ts";
import { type Delivery, NOTICE_KINDS } from "./delivery-record.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

/** Result of sending a message. `waiting`: another attempt follows. */
export type SendingResult = Pick<Delivery, "provider" | "tries" | "error"> & {
  readonly state: "waiting" | "sent" | "failed";
};

/** Report that a provider sends after it has accepted a message. */
export interface DeliveryReport {
  readonly tenantId: string;
  readonly id: string;
  readonly state: "delivered" | "undelivered";
  readonly provider: string;
  readonly error: string | null;
}

export interface DeliveryStore {
  /** Stores the record of a message. Of a withheld one only for two days, because strangers can make as many as they like. */
  add(delivery: Delivery, kept?: "sent" | "withheld"): Promise<void>;
  /** Stores the result of sending. A final state that the provider has already reported stays. */
  finish(delivery: Pick<Delivery, "tenantId" | "id">, result: SendingResult): Promise<void>;
  /** Stores a provider's report; reports may be repeated. Null when there is no such message. */
  report(report: DeliveryReport): Promise<"changed" | "unchanged" | null>;
  /**
   * Lists deliveries, newest first; only those with the correlation id when it is given. `error` is set where the message did not go
   * out. A code that no node is sending any more has failed.
   */
  list(tenantId: string, limit: number, correlationId?: string): Promise<Delivery[]>;
}

const KEEP_MS = { sent: 30 * DAY_MS, withheld: 2 * DAY_MS };
const MOST = 10_000;

const orNull = z.string().transform((text) => (text === "" ? null : text));
const instant = z.coerce.number().int().min(0);
const storedSchema = z.object({
  id: ulidSchema,
  tenantId: tenantIdSchema,
  correlationId: z.string(),
  kind: z.enum(["otp", "test", ...NOTICE_KINDS]),
  channel: z.enum(CHANNELS),
  to: z.string(),
  state: z.enum(["waiting", "sent", "delivered", "undelivered", "failed"]),
  provider: orNull,
  tries: instant,
  error: orNull,
  createdAt: instant,
  changedAt: instant,
  expiresAt: z
    .string()
    .default("")
    .transform((text) => (text === "" ? null : Number(text))),
});

/** More than the longest time-out of a provider: a node that lives has stored the result by then. */
const SETTLED_AFTER_MS = 2 * MINUTE_MS;

/** Only the node that sends a code knows its result. When it stopped before it could store it, nobody sends the code any more. */
function asShown(delivery: Delivery, now: number): Delivery {
  const { kind, state, expiresAt, createdAt, error } = delivery;
  if (state === "sent" || state === "delivered") return { ...delivery, error: null };
  if (kind !== "otp" || state !== "waiting") return delivery;
  const endedAt = expiresAt ?? createdAt + HOUR_MS; // records of older versions have no `expiresAt`
  if (now < endedAt + SETTLED_AFTER_MS) return delivery;
  const why = "expired; the node that sent it stopped before it knew whether a provider accepted it";
  return {
    ...delivery,
    state: "failed",
    changedAt: endedAt,
    error: error === null ? why : `${why}; ${error}`,
  };
}

const REPORTED = { "-1": null, "0": "unchanged", "1": "changed" } as const;
const reportReply = z.union([z.literal(-1), z.literal(0), z.literal(1)]);

export function createDeliveryStore(store: Store, clock: Pick<Clock, "now">): DeliveryStore {
  const { redis } = store;

  async function read(tenantId: string, id: string): Promise<Delivery | null> {
    const fields = await guard(() => redis.hgetall(keys.delivery(tenantId, id)));
    if (Object.keys(fields).length === 0) return null; // expired
    const parsed = storedSchema.safeParse(fields);
    if (parsed.success) return asShown(parsed.data, clock.now());
    throw new AppError("RECORD_CORRUPT", `The record ${keys.delivery(tenantId, id)} is damaged.`);
  }

  return {
    async add(delivery, kept = "sent") {
      const { tenantId, id, correlationId } = delivery;
      await store.call(
        "latchkey_message_add",
        [keys.delivery(tenantId, id), keys.deliveries(tenantId), keys.deliveriesOf(tenantId, correlationId)],
        [
          id,
          KEEP_MS[kept],
          MOST,
          ...Object.entries(delivery).flatMap(([name, value]) => [name, String(value ?? "")]),
        ],
      );
    },
    async finish({ tenantId, id }, { state, provider, tries, error }) {
      await store.call(
        "latchkey_message_sent",
        [keys.delivery(tenantId, id)],
        [state, clock.now(), provider ?? "", tries, error ?? ""],
      );
    },
    async report({ tenantId, id, state, provider, error }) {
      const reply = await store.call(
        "latchkey_message_reported",
        [keys.delivery(tenantId, id)],
        [state, clock.now(), provider, error ?? ""],
      );
      return REPORTED[`${reportReply.parse(reply)}`];
    },
    async list(tenantId, limit, correlationId) {
      const key =
        correlationId === undefined ? keys.deliveries(tenantId) : keys.deliveriesOf(tenantId, correlationId);
      const ids = await guard(() => redis.lrange(key, 0, limit - 1));
      const found = await Promise.all(ids.map((id) => read(tenantId, id)));
      return found.filter((delivery) => delivery !== null);
    },
  };
}
