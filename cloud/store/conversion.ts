/** How many of a tenant's texts and calls lead to a proof, counted by all nodes together, and the breaker that this opens. */
import { z } from "zod";
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
  /** The counts, when it is this very call that opened the breaker: for an hour. */
  sent(tenantId: string): Promise<ConversionCounts | null>;
  verified(tenantId: string): Promise<void>;
  isOpen(tenantId: string): Promise<boolean>;
}

const reply = z.union([z.tuple([z.literal(0)]), z.tuple([z.literal(1), z.number(), z.number()])]);

export function createConversionStore(
  store: Store,
  clock: Pick<Clock, "now">,
  { leastSends, leastPercent, settleMinutes }: ConversionRule,
): ConversionStore {
  const count = async (tenantId: string, what: "sent" | "verified") =>
    reply.parse(
      await store.call(
        "latchkey_message_convert",
        [keys.conversion(tenantId), keys.conversionBreaker(tenantId)],
        [clock.now(), what, leastSends, leastPercent, settleMinutes],
      ),
    );
  return {
    async sent(tenantId) {
      const [opened, sent = 0, verified = 0] = await count(tenantId, "sent");
      return opened === 1 ? { sent, verified } : null;
    },
    async verified(tenantId) {
      await count(tenantId, "verified");
    },
    async isOpen(tenantId) {
      return (await guard(() => store.redis.exists(keys.conversionBreaker(tenantId)))) === 1;
    },
  };
}
