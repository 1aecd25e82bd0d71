/** Rate-limit counters in Redis, shared by all nodes. Their windows are fixed and begin with the first count. */
import { z } from "zod";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface LimitRequest {
  /**
   * Name of the counter, e.g. `person:<id>:fails`, `number:<digest>:hour`, `address:203.0.113.0/24:sends`. Never has a
   * plain number or name.
   */
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
  /** 1 when absent. 0 only checks; a negative amount gives back an earlier one. */
  readonly amount?: number;
}

export interface LimitRefusal {
  readonly key: string;
  /** Epoch ms at which the counter's window ends. */
  readonly until: number;
}

export interface Limits {
  /** Counts on every counter or, when one is exhausted, on none, in one round trip. Null when none was exhausted. */
  take(tenantId: string, wants: readonly LimitRequest[]): Promise<LimitRefusal | null>;
  /**
   * Deletes all counters with a key that begins with `person:<id>:` (the helpdesk lifts a block). Returns how many
   * there were.
   */
  clearPerson(tenantId: string, personId: string): Promise<number>;
}

const replySchema = z.tuple([z.int(), z.int()]);
const PERSON = /^(person:[^:]+):(.+)$/;
const ONLY_FIELD = "count";

/** Creates the counters. Both functions throw STORE_UNAVAILABLE. */
export function createLimits({ store }: { store: Store }): Limits {
  const place = (tenantId: string, key: string): { readonly hash: string; readonly field: string } => {
    const [, person, field] = PERSON.exec(key) ?? [];
    return { hash: keys.limit(tenantId, person ?? key), field: field ?? ONLY_FIELD };
  };

  return {
    async take(tenantId, wants) {
      if (wants.length === 0) return null;
      const places = wants.map(({ key }) => place(tenantId, key));
      const [at, until] = replySchema.parse(
        await store.call(
          "latchkey_limits_take",
          places.map(({ hash }) => hash),
          wants.flatMap(({ limit, windowMs, amount = 1 }, index) => [
            places[index]?.field ?? ONLY_FIELD,
            limit,
            windowMs,
            amount,
          ]),
        ),
      );
      const refused = wants[at - 1];
      return refused === undefined ? null : { key: refused.key, until };
    },
    async clearPerson(tenantId, personId) {
      const key = keys.limit(tenantId, `person:${personId}`);
      const [[, count] = [], [, removed] = []] =
        (await guard(() => store.redis.multi().hlen(key).del(key).exec())) ?? [];
      return removed === 1 ? Number(count) : 0;
    },
  };
}
