import type { Clock } from "../../shared/clock.ts";

/** Counts per key in fixed windows. */
export interface RateWindow {
  /** Counts one more; true while the key is within its limit. */
  allow(key: string): boolean;
  /** Without counting: has the key used its limit up? */
  isSpent(key: string): boolean;
}

const MAX_KEYS = 10_000;

export function createRateWindow(
  limit: number,
  windowMs: number,
  clock: Pick<Clock, "monotonicMs">,
): RateWindow {
  const counts = new Map<string, number>();
  let endsAt = 0;
  return {
    allow(key) {
      const now = clock.monotonicMs();
      if (now >= endsAt || counts.size >= MAX_KEYS) {
        counts.clear();
        endsAt = now + windowMs;
      }
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count <= limit;
    },
    isSpent: (key) => clock.monotonicMs() < endsAt && (counts.get(key) ?? 0) >= limit,
  };
}
