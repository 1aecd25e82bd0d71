import { policySchema } from "../../shared/api/policy.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { PolicyStore } from "../store/policies.ts";
import type { PolicyRecord, PolicyService } from "./policy-service.ts";

export interface PolicyServiceDeps {
  readonly policies: PolicyStore;
  readonly clock: Clock;
}

/** Every step of every reset looks at the policy; one that was just replaced may hold this long on other nodes. */
const CACHE_MS = 1_000;
const MAX_CACHED = 1_000;

/** For those who show and replace it. */
export interface PolicyControl extends PolicyService {
  /** As it stands in the store this moment. */
  latest(tenantId: string): Promise<PolicyRecord>;
}

interface Cached {
  readonly record: Promise<PolicyRecord>;
  readonly until: number;
}

export function createPolicyService({ policies, clock }: PolicyServiceDeps): PolicyControl {
  const cache = new Map<string, Cached>();

  function remember(tenantId: string, record: Promise<PolicyRecord>): void {
    if (cache.size >= MAX_CACHED) cache.clear();
    const cached = { record, until: clock.monotonicMs() + CACHE_MS };
    cache.set(tenantId, cached);
    // Whoever asked hears of the failure; the next one asks anew.
    record.catch(() => {
      if (cache.get(tenantId) === cached) cache.delete(tenantId);
    });
  }

  const latest = async (tenantId: string): Promise<PolicyRecord> =>
    (await policies.get(tenantId)) ?? NEVER_APPLIED;

  return {
    latest,
    get(tenantId) {
      const cached = cache.get(tenantId);
      if (cached !== undefined && clock.monotonicMs() < cached.until) return cached.record;
      const record = latest(tenantId);
      remember(tenantId, record);
      return record;
    },
    async apply(tenantId, policy, expected) {
      const appliedAt = clock.now();
      const version = await policies.apply(tenantId, policy, expected, appliedAt);
      if (version === null) {
        cache.delete(tenantId);
        throw new AppError("POLICY_CHANGED");
      }
      const record = { policy, version, appliedAt };
      remember(tenantId, Promise.resolve(record));
      return record;
    },
  };
}

/** All defaults: nobody may reset. */
const NEVER_APPLIED: PolicyRecord = { policy: policySchema.parse({}), version: 0, appliedAt: null };
