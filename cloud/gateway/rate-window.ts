import type { Clock } from "../../shared/clock.ts";
import { createTtlCache } from "../ttl-cache.ts";

/** Counts per key. The window of a key begins with its first count. */
export interface RateWindow {
  /** Counts a request. Returns true while the key is within its limit. */
  allow(key: string): boolean;
  /** True when the key has used up its limit. Counts nothing. */
  isSpent(key: string): boolean;
}

/** Above this number of keys the oldest window ends early, which allows more requests. */
const MAX_KEYS = 10_000;

export function createRateWindow(
  limit: number,
  windowMs: number,
  clock: Pick<Clock, "monotonicMs">,
): RateWindow {
  const windows = createTtlCache<string, { count: number }>({ ttlMs: windowMs, clock, maxEntries: MAX_KEYS });
  return {
    allow(key) {
      const window = windows.get(key);
      if (window === undefined) windows.set(key, { count: 1 });
      else window.count += 1;
      return (window?.count ?? 1) <= limit;
    },
    isSpent: (key) => (windows.get(key)?.count ?? 0) >= limit,
  };
}
