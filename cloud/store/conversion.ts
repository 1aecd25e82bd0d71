/**
 * How many of a tenant's texts and calls lead to a proof, counted by all nodes together, and the breaker that this opens. What is
 * sent is counted where it is written down, see deliveries.ts.
 */
import type { Clock } from "../../shared/clock.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface ConversionCounts {
  readonly sent: number;
  readonly verified: number;
}

export interface ConversionRule {
  /** With fewer sends than this nothing is concluded. */
  readonly leastSends: number;
  /** Fewer proofs than this share of the sends opens the breaker. */
  readonly leastPercent: number;
  /** A send is judged when it is this old: its code has expired then. */
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
