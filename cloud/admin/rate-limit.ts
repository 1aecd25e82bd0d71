/** A token bucket for each caller: bursts pass, endless loops do not. Counts on this node only. */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** Above this number, the callers with the longest pause are forgotten. Their next request passes. */
const MAX_BUCKETS = 10_000;

export class RateLimit {
  readonly #capacity: number;
  readonly #tokensPerMs: number;
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** In the order of the callers' last requests. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(perMinute: number, clock: Pick<Clock, "monotonicMs">) {
    this.#capacity = perMinute;
    this.#tokensPerMs = perMinute / MINUTE_MS;
    this.#clock = clock;
  }

  /** Returns 0 when the request may pass, otherwise the number of seconds until a request may pass. */
  take(caller: string): number {
    const now = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(caller) ?? { tokens: this.#capacity, at: now };
    const tokens = Math.min(this.#capacity, bucket.tokens + (now - bucket.at) * this.#tokensPerMs);
    const passes = tokens >= 1;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens: passes ? tokens - 1 : tokens, at: now });
    for (const quietest of this.#buckets.keys()) {
      if (this.#buckets.size <= MAX_BUCKETS) break;
      this.#buckets.delete(quietest);
    }
    return passes ? 0 : Math.max(1, Math.ceil((1 - tokens) / this.#tokensPerMs / 1000));
  }
}
