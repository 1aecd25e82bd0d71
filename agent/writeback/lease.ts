/** Measures how long a grant lets a write begin. */
import type { Clock } from "../../shared/clock.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";

export interface Lease {
  /** True while a modify may still be started. */
  isOpen(): boolean;
}

/**
 * Call before the claim is sent: the lease is counted from there, on the monotonic clock, so that neither a slow answer nor a
 * clock that is set makes it longer than the cloud believes.
 */
export function startLease(clock: Clock): (leaseMs: number) => Lease {
  const claimedAt = clock.monotonicMs();
  return (leaseMs) => ({
    isOpen: () => clock.monotonicMs() - claimedAt < Math.min(leaseMs, LIMITS.leaseMs) - LIMITS.leaseMarginMs,
  });
}
