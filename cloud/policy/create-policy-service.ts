import { policySchema } from "../../shared/api/policy.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { PolicyStore } from "../store/policies.ts";
import { createCachedLookUp } from "../ttl-cache.ts";
import type { PolicyRecord, PolicyService } from "./policy-service.ts";

export interface PolicyServiceDeps {
  readonly policies: PolicyStore;
  readonly clock: Clock;
}

/**
 * Lifetime of a cached policy. It is cached because every step of every reset reads it. A replaced policy may stay in
 * force this long on other nodes.
 */
const TTL_MS = 1_000;

/** The policy service for the screens and routes that show and replace a policy. */
export interface PolicyControl extends PolicyService {
  /** Reads the store, not the cache. */
  latest(tenantId: string): Promise<PolicyRecord>;
}

export function createPolicyService({ policies, clock }: PolicyServiceDeps): PolicyControl {
  const latest = async (tenantId: string): Promise<PolicyRecord> =>
    (await policies.get(tenantId)) ?? NEVER_APPLIED;
  const cached = createCachedLookUp({ ttlMs: TTL_MS, clock }, latest);

  return {
    latest,
    get: (tenantId) => cached.get(tenantId),
    async forAlarms(tenantId) {
      const seen = policies.seen(tenantId);
      try {
        const present = await cached.get(tenantId);
        return present.version === 0 ? (seen ?? present) : present;
      } catch (error) {
        if (seen === null) throw error;
        return seen;
      }
    },
    async apply(tenantId, policy, expected) {
      const appliedAt = clock.now();
      const version = await policies.apply(tenantId, policy, expected, appliedAt);
      if (version === null) {
        cached.delete(tenantId);
        throw new AppError("POLICY_CHANGED");
      }
      const record = { policy, version, appliedAt };
      cached.set(tenantId, record);
      return record;
    },
  };
}

/** All defaults: no user may reset a password. */
export const NEVER_APPLIED: PolicyRecord = { policy: policySchema.parse({}), version: 0, appliedAt: null };
