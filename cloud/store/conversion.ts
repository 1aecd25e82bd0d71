/**
 * Counts, over all nodes, which codes sent to strangers are used. When too few are, and the unused ones come from several networks, the
 * breaker opens. It is the limit `unused_codes`: its keys are those of a limit, so that it is listed and lifted like the others.
 */
import { z } from "zod";
import { HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import { keys } from "./keys.ts";
import type { Store } from "./store.ts";

/** The counter, and its name among the limits. */
const UNUSED_CODES = "unused_codes";

/** A code by text or call, sent for a person who has never proved anything. */
export interface StrangersCode {
  /** Id of its challenge. */
  readonly id: string;
  /** The network that asked for it. */
  readonly network: string;
}

export interface ConversionRule {
  /** Minimum number of codes before the share counts. */
  readonly leastCodes: number;
  /** Minimum number of networks with an unused code. */
  readonly leastNetworks: number;
  /** Threshold: the breaker opens when a smaller percentage of codes is used. */
  readonly leastPercent: number;
  /** Most unused codes that count for one network. */
  readonly perNetwork: number;
  /** Age from which an unused code counts: it has expired by then. */
  readonly settleMs: number;
}

/**
 * Fewer than 25 % of at least 20 codes, of which one network counts for three. Codes are valid for five minutes, so younger ones do
 * not count yet.
 */
export const CONVERSION_RULE: Omit<ConversionRule, "leastNetworks"> = {
  leastCodes: 20,
  leastPercent: 25,
  perNetwork: 3,
  settleMs: 5 * MINUTE_MS,
};

export interface ConversionCounts {
  readonly sent: number;
  readonly verified: number;
}

export interface ConversionStore {
  /** Counts a code that was sent. Returns the counts when this call opened the breaker (for an hour), otherwise null. */
  sent(tenantId: string, code: StrangersCode, rule: ConversionRule): Promise<ConversionCounts | null>;
  used(tenantId: string, code: StrangersCode): Promise<void>;
  isOpen(tenantId: string): Promise<boolean>;
}

const sentReply = z.union([z.tuple([z.literal(0)]), z.tuple([z.literal(1), z.int(), z.int()])]);

export function createConversionStore({ store }: { readonly store: Store }): ConversionStore {
  const counter = (tenantId: string): [hash: string, members: string] => [
    keys.limit(tenantId, UNUSED_CODES),
    keys.limitMembers(tenantId, UNUSED_CODES),
  ];
  return {
    async sent(tenantId, { id, network }, rule) {
      const reply = await store.call(
        "latchkey_limits_code_sent",
        [keys.limitsEngaged(tenantId), ...counter(tenantId)],
        [
          id,
          network,
          `${UNUSED_CODES} ${UNUSED_CODES}`,
          HOUR_MS,
          rule.settleMs,
          rule.perNetwork,
          rule.leastCodes,
          rule.leastNetworks,
          rule.leastPercent,
        ],
      );
      const [opened, sent = 0, verified = 0] = sentReply.parse(reply);
      return opened === 1 ? { sent, verified } : null;
    },
    async used(tenantId, { id, network }) {
      await store.call("latchkey_limits_code_used", counter(tenantId), [id, network]);
    },
    async isOpen(tenantId) {
      return (await store.call("latchkey_limits_code_breaker", counter(tenantId), [])) === 1;
    },
  };
}
