/** Stores the policy of each tenant, as set by the last `apply`. */
import { z } from "zod";
import { type Policy, policySchema } from "../../shared/api/policy.ts";
import { AppError } from "../../shared/errors.ts";
import { parseJson } from "../../shared/parse-json.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface StoredPolicy {
  readonly policy: Policy;
  readonly version: number;
  /** Epoch ms. */
  readonly appliedAt: number;
}

export interface PolicyStore {
  /** Null when no policy was ever applied. Throws RECORD_CORRUPT. */
  get(tenantId: string): Promise<StoredPolicy | null>;
  /**
   * Applies a policy and returns its version; null when another version than `expected` is in force. `expected` null
   * replaces any.
   */
  apply(tenantId: string, policy: Policy, expected: number | null, at: number): Promise<number | null>;
}

const fieldsSchema = z.tuple([z.coerce.number().int().min(1), z.coerce.number().int().min(0), z.string()]);

export function createPolicyStore(store: Store): PolicyStore {
  return {
    async get(tenantId) {
      const fields = await guard(() =>
        store.redis.hmget(keys.policy(tenantId), "version", "appliedAt", "json"),
      );
      return fields.every((field) => field === null) ? null : parsePolicy(tenantId, fields);
    },
    async apply(tenantId, policy, expected, at) {
      const version = await store.call(
        "policy_apply",
        [keys.policy(tenantId)],
        [expected ?? "", at, JSON.stringify(policy)],
      );
      return version === -1 ? null : z.int().min(1).parse(version);
    },
  };
}

function parsePolicy(tenantId: string, fields: readonly (string | null)[]): StoredPolicy {
  try {
    const [version, appliedAt, json] = fieldsSchema.parse(fields);
    return { policy: policySchema.parse(parseJson(json)), version, appliedAt };
  } catch (error) {
    throw new AppError("RECORD_CORRUPT", `The policy in ${keys.policy(tenantId)} is damaged.`, {
      cause: error,
    });
  }
}
