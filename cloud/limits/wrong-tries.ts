/**
 * Counts the wrong codes of a person in this node's memory, as a second line behind the counters: a writer of Redis could delete those
 * between two guesses.
 */
import type { Clock } from "../../shared/clock.ts";
import { DAY_MS } from "../../shared/durations.ts";
import type { Logger } from "../../shared/logger.ts";
import { createTtlCache } from "../ttl-cache.ts";

/** Far above what the counters allow strangers in a day, so that it is reached only where they do not count. */
const MOST = 50;
const MAX_PEOPLE = 50_000;

export interface WrongTries {
  /** Epoch ms; null when the person may try. */
  refusedUntil(tenantId: string, personId: string): number | null;
  /** `amount`: -1 takes back a try that was right. */
  count(tenantId: string, personId: string, amount: -1 | 1): void;
  /** Begins anew after a right code. */
  delete(tenantId: string, personId: string): void;
}

export function createWrongTries({
  clock,
  log,
}: {
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
  readonly log: Pick<Logger, "error">;
}): WrongTries {
  const tries = createTtlCache<string, { count: number; readonly until: number }>({
    ttlMs: DAY_MS,
    clock,
    maxEntries: MAX_PEOPLE,
  });
  const keyOf = (tenantId: string, personId: string): string => `${tenantId} ${personId}`;
  return {
    refusedUntil(tenantId, personId) {
      const known = tries.get(keyOf(tenantId, personId));
      return known === undefined || known.count < MOST ? null : known.until;
    },
    count(tenantId, personId, amount) {
      const key = keyOf(tenantId, personId);
      const known = tries.get(key) ?? { count: 0, until: clock.now() + DAY_MS };
      if (known.count === 0) tries.set(key, known);
      known.count += amount;
      if (amount > 0 && known.count === MOST)
        log.error("code.tries.not_counted", { tenantId, userId: personId, count: MOST });
    },
    delete: (tenantId, personId) => tries.delete(keyOf(tenantId, personId)),
  };
}
