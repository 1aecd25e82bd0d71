/** Measures the time within which a grant allows a write to begin. */
import type { Clock } from "../../shared/clock.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";

export interface Lease {
  /** True while a modify may still be started. */
  isOpen(): boolean;
}

/**
 * Starts measuring. Call it before the claim is sent. The lease counts from then, on the monotonic clock, so that
 * neither a slow answer nor a clock that is set can make it longer than the cloud assumes.
 */
export function startLease(clock: Clock): (leaseMs: number) => Lease {
  const claimedAt = clock.monotonicMs();
  return (leaseMs) => ({
    isOpen: () => clock.monotonicMs() - claimedAt < Math.min(leaseMs, LIMITS.leaseMs) - LIMITS.leaseMarginMs,
  });
}
