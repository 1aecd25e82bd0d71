/**
 * Counts wrong codes and answers across codes, methods, sessions and nodes: for each person, and for the tenant, so that one guess at
 * each of many names is noticed as well. Made-up people are counted like real ones.
 */
import type { Clock } from "../../shared/clock.ts";
import { breakerNotices, failedCodes, failedCodesOfTenant } from "../limits/counters.ts";
import type { LimitRequest, Limits } from "../store/limits.ts";
import { createCachedLookUp } from "../ttl-cache.ts";

const BREAKER_TTL_MS = 1_000;

export interface FailedCodes {
  /**
   * Counts a try before it is made, so that many tries at once do not exceed the limit. Returns until when the person is blocked, or
   * null.
   */
  charge(tenantId: string, personId: string): Promise<number | null>;
  /** Gives the try back, because it was correct. */
  refund(tenantId: string, personId: string): Promise<void>;
  /** Records that the try was wrong. Returns until when the person is blocked if that was the last try, or null. */
  failed(tenantId: string, personId: string): Promise<number | null>;
  blockedUntil(tenantId: string, personId: string): Promise<number | null>;
  /** True when the tenant's budget for the hour is exhausted: every reset needs two proofs then. Cached for a second. */
  breakerOpen(tenantId: string): Promise<boolean>;
}

export function createFailedCodes(deps: {
  readonly limits: Pick<Limits, "take">;
  readonly countUsers: (tenantId: string) => Promise<number>;
  /** Called when a try is wrong while the breaker is open, at most once an hour. */
  readonly onBreaker: (tenantId: string, budget: number) => Promise<void>;
  readonly clock: Pick<Clock, "monotonicMs">;
}): FailedCodes {
  const { limits, clock } = deps;

  const takePerson = async (tenantId: string, personId: string, amount: -1 | 0 | 1): Promise<number | null> =>
    (await limits.take(tenantId, [failedCodes(personId, amount)]))?.until ?? null;

  const ofTenant = async (tenantId: string, amount: 0 | 1): Promise<LimitRequest> =>
    failedCodesOfTenant(await deps.countUsers(tenantId), amount);

  async function look(tenantId: string): Promise<boolean> {
    return (await limits.take(tenantId, [await ofTenant(tenantId, 0)])) !== null;
  }

  const breaker = createCachedLookUp({ ttlMs: BREAKER_TTL_MS, clock }, look);

  return {
    charge: (tenantId, personId) => takePerson(tenantId, personId, 1),
    async refund(tenantId, personId) {
      await takePerson(tenantId, personId, -1);
    },
    async failed(tenantId, personId) {
      const want = await ofTenant(tenantId, 1);
      if ((await limits.take(tenantId, [want])) !== null) {
        if ((await limits.take(tenantId, [breakerNotices()])) === null)
          await deps.onBreaker(tenantId, want.limit);
      }
      return takePerson(tenantId, personId, 0);
    },
    blockedUntil: (tenantId, personId) => takePerson(tenantId, personId, 0),
    breakerOpen: (tenantId) => breaker.get(tenantId),
  };
}
