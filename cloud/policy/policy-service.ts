/** The policy of a tenant, and what it says about one person. */
import type { Policy, Rules } from "../../shared/api/policy.ts";

export interface PolicyRecord {
  readonly policy: Policy;
  /** Counts the times it was applied; 0 for the policy of a tenant that never applied one (nobody may reset). */
  readonly version: number;
  /** Epoch ms; null for version 0. */
  readonly appliedAt: number | null;
}

/** What decides about a person, as the directory says it now. */
export interface PolicyFacts {
  /** Of the DNs of `policyGroups`, those the person is in. */
  readonly groups: readonly string[];
  readonly protected: boolean;
}

export interface PolicyDecision {
  /** May this person reset and unlock by themselves? */
  readonly allowed: boolean;
  /** "default", the name of the group policy, or "privileged". */
  readonly name: string;
  readonly privileged: boolean;
  /** Privileged: two methods and no questions, always. */
  readonly rules: Rules;
}

export interface PolicyService {
  /** Cached for about a second on each node. */
  get(tenantId: string): Promise<PolicyRecord>;
  /** Replaces the whole document when the version is still `expected`; POLICY_CHANGED otherwise. Audited by the caller. */
  apply(tenantId: string, policy: Policy, expected: number | null): Promise<PolicyRecord>;
}
