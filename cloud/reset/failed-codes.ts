/**
 * Wrong codes and answers, counted across codes, methods, sessions and nodes: for each person (T-02), and for the tenant, so
 * that one try on each of many names is noticed as well (T-03). Made-up people are counted like others.
 */
import type { Clock } from "../../shared/clock.ts";
import { breakerNotices, failedCodes, failedCodesOfTenant } from "../limits/counters.ts";
import type { LimitRequest, Limits } from "../store/limits.ts";
import { createCachedLookUp } from "../ttl-cache.ts";

const KEEP_MS = 1_000;

export interface FailedCodes {
  /** Counted before it is tried, so that many tries at once are not more. Until when the person is blocked, or null. */
  charge(tenantId: string, personId: string): Promise<number | null>;
  /** It was right after all. */
  refund(tenantId: string, personId: string): Promise<void>;
  /** It was wrong. Until when the person is blocked if that was the last try, or null. */
  failed(tenantId: string, personId: string): Promise<number | null>;
  blockedUntil(tenantId: string, personId: string): Promise<number | null>;
  /** Is the tenant's budget for an hour used up? Then everybody needs two proofs. Kept for a second. */
  breakerOpen(tenantId: string): Promise<boolean>;
}

export function createFailedCodes(deps: {
  readonly limits: Pick<Limits, "take">;
  readonly countUsers: (tenantId: string) => Promise<number>;
  /** Called for what was wrong while the breaker is open: at most once an hour. */
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

  const breaker = createCachedLookUp({ ttlMs: KEEP_MS, clock }, look);

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
