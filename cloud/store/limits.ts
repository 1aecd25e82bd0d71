/** Counters in Redis: what is taken on one node is gone on all. Their windows are fixed and begin with the first taking. */
import { z } from "zod";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface LimitWant {
  /** e.g. `person:<id>:fails`, `number:<digest>:hour`, `address:203.0.113.0/24:sends`. Never a number or a name in the clear. */
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
  /** 1 when left out; 0 only looks; below 0 gives back what was taken. */
  readonly amount?: number;
}

export interface LimitRefusal {
  readonly key: string;
  /** Epoch ms at which one is free again. */
  readonly until: number;
}

export interface Limits {
  /** Takes from every counter or, when one is exhausted, from none; null when all had enough. One round trip. */
  take(tenantId: string, wants: readonly LimitWant[]): Promise<LimitRefusal | null>;
  /** Forgets all counters whose key begins with `person:<id>:` (a helpdesk lifts a block). How many there were. */
  clearPerson(tenantId: string, personId: string): Promise<number>;
}

const replySchema = z.tuple([z.int(), z.int()]);
const PERSON = /^(person:[^:]+):(.+)$/;
const ONLY_FIELD = "count";

/** All throw STORE_UNAVAILABLE. */
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
