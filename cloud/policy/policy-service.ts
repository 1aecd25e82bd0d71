/** The policy of a tenant, and its decision about one user. */
import type { Policy, Rules } from "../../shared/api/policy.ts";

export interface PolicyRecord {
  readonly policy: Policy;
  /** Counts how often a policy was applied. 0: none was applied yet, so no user may reset a password. */
  readonly version: number;
  /** Epoch ms; null for version 0. */
  readonly appliedAt: number | null;
}

/** The facts that the decision about a user depends on, as the directory has them now. */
export interface PolicyFacts {
  /** The number of the user's source. A made-up user has none of the tenant's. */
  readonly source: number;
  /** Those DNs of `policyGroups` that the user is a member of. */
  readonly groups: readonly string[];
  /** Those DNs of `policyGroups` that are in no directory of the tenant: nobody can tell who is a member. */
  readonly missingGroups?: readonly string[] | undefined;
  readonly protected: boolean;
}

export interface PolicyDecision {
  /** Whether the user may use self-service reset and unlock. */
  readonly allowed: boolean;
  /** "default", the name of the group policy, or "privileged". */
  readonly name: string;
  readonly privileged: boolean;
  /** Privileged accounts always need two methods and never security questions. */
  readonly rules: Rules;
  /** The groups that must be found before this can be decided. While there is one, `allowed` is false. */
  readonly missingGroups: readonly string[];
}

export interface PolicyService {
  /** Cached for about a second on each node. */
  get(tenantId: string): Promise<PolicyRecord>;
  /**
   * Returns the policy for a message to administrators: the one in force or, while its record is refused, damaged or gone, the last
   * one that this node has seen. Otherwise whoever edits or deletes the policy would also end the alarms about it. Throws as `get`
   * does when this node has seen none.
   */
  forAlarms(tenantId: string): Promise<PolicyRecord>;
  /** Replaces the whole document if its version is still `expected`, else throws POLICY_CHANGED. The caller audits it. */
  apply(tenantId: string, policy: Policy, expected: number | null): Promise<PolicyRecord>;
}
