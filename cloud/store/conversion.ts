/**
 * Counts, over all nodes, how many of a tenant's sent text and voice codes are verified. Too low a share opens the
 * breaker. Sent codes are counted where their result is stored, see deliveries.ts.
 */
import type { Clock } from "../../shared/clock.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface ConversionCounts {
  readonly sent: number;
  readonly verified: number;
}

export interface ConversionRule {
  /** Minimum number of sent codes before the share counts. */
  readonly leastSends: number;
  /** Threshold: the breaker opens when a smaller percentage of sent codes is verified. */
  readonly leastPercent: number;
  /** Age from which a sent code counts: it has expired by then. */
  readonly settleMinutes: number;
}

export interface ConversionStore {
  verified(tenantId: string): Promise<void>;
  isOpen(tenantId: string): Promise<boolean>;
}

export function createConversionStore(store: Store, clock: Pick<Clock, "now">): ConversionStore {
  return {
    async verified(tenantId) {
      await store.call("latchkey_message_verified", [keys.conversion(tenantId)], [clock.now()]);
    },
    async isOpen(tenantId) {
      return (await guard(() => store.redis.exists(keys.conversionBreaker(tenantId)))) === 1;
    },
  };
}
