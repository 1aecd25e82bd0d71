/** A token bucket for each key: bursts are fine, a loop that never ends is not. Counts on this node alone. */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";

export interface RateLimit {
  /** 0 when the request may pass, otherwise the seconds until one may. */
  take(who: string): number;
}

/** Above this many, those not asked for longest are forgotten, which errs on the side of letting pass. */
const MAX_BUCKETS = 10_000;

export function createRateLimit(perMinute: number, clock: Pick<Clock, "monotonicMs">): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const perMs = perMinute / MINUTE_MS;

  return {
    take(who) {
      const now = clock.monotonicMs();
      const bucket = buckets.get(who) ?? { tokens: perMinute, at: now };
      const tokens = Math.min(perMinute, bucket.tokens + (now - bucket.at) * perMs);
      const passes = tokens >= 1;
      buckets.delete(who); // so that the order in the map is that of the last request
      buckets.set(who, { tokens: passes ? tokens - 1 : tokens, at: now });
      for (const oldest of buckets.keys()) {
        if (buckets.size <= MAX_BUCKETS) break;
        buckets.delete(oldest);
      }
      return passes ? 0 : Math.max(1, Math.ceil((1 - tokens) / perMs / 1000));
    },
  };
}
