/** Stores the policy of each tenant, as set by the last `apply`. */
import { z } from "zod";
import { type Policy, policySchema } from "../../shared/api/policy.ts";
import { AppError } from "../../shared/errors.ts";
import { parseJson } from "../../shared/parse-json.ts";
import { assertAuthentic } from "./authentic.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface StoredPolicy {
  readonly policy: Policy;
  readonly version: number;
  /** Epoch ms. */
  readonly appliedAt: number;
}

export interface PolicyStore {
  /**
   * Reads the policy; null when no policy was ever applied. When the stored one is older than this node has seen, the newer one
   * that it has seen stays in force here. Throws RECORD_FORGED, RECORD_CORRUPT.
   */
  get(tenantId: string): Promise<StoredPolicy | null>;
  /**
   * Returns the newest policy that this node has read or written; null when there is none. Another one may be in force, so it
   * only says who is to be told that the one in the store is refused.
   */
  seen(tenantId: string): StoredPolicy | null;
  /**
   * Applies a policy and returns its version; null when another version than `expected` is in force. `expected` null
   * replaces any, also one that `get` refuses.
   */
  apply(tenantId: string, policy: Policy, expected: number | null, at: number): Promise<number | null>;
}

const instant = z.coerce.number().int().min(0);
/** The fields of the hash as they are stored. */
type Fields = readonly [version: string | null, appliedAt: string | null, json: string | null];

export function createPolicyStore(store: Store): PolicyStore {
  /**
   * The newest policy of each tenant that this node has read or written. A writer of Redis can put an older policy back, with
   * its MAC, which may be looser, and a replica that takes over may not have the newest one.
   */
  const newest = new Map<string, StoredPolicy>();

  function remember(tenantId: string, stored: StoredPolicy): void {
    if (stored.version >= (newest.get(tenantId)?.version ?? 0)) newest.set(tenantId, stored);
  }

  /** Replaces the policy with the version `expected`, as stored. */
  async function replace(tenantId: string, expected: string, next: StoredPolicy): Promise<number | null> {
    const key = keys.policy(tenantId);
    const { version, appliedAt } = next;
    const json = JSON.stringify(next.policy);
    const mac = store.mac.sign(key, policyText([`${version}`, `${appliedAt}`, json]));
    const reply = await store.call("policy_apply", [key], [expected, version, appliedAt, json, mac]);
    if (reply !== 1) return null;
    remember(tenantId, next);
    return version;
  }

  return {
    async get(tenantId) {
      const key = keys.policy(tenantId);
      const record = { kind: "policy", tenantId, key } as const;
      const known = newest.get(tenantId); // before the read, which a write of this node may overtake
      const [version = null, appliedAt = null, json = null, mac] = await guard(() =>
        store.redis.hmget(key, "version", "appliedAt", "json", "mac"),
      );
      if (version === null && appliedAt === null && json === null) return null;
      assertAuthentic(store, record, policyText([version, appliedAt, json]), mac);
      const stored = parsePolicy(tenantId, [version, appliedAt, json]);
      if (known !== undefined && stored.version < known.version) {
        store.refusals.older(
          record,
          `Version ${known.version}, which this node has seen, stays in force until this node stops. Store it again: latchkey policy apply`,
        );
        return known;
      }
      remember(tenantId, stored);
      return stored;
    },
    seen: (tenantId) => newest.get(tenantId) ?? null,
    async apply(tenantId, policy, expected, at) {
      const result = await compareAndSet({
        record: `policy of tenant '${tenantId}'`,
        read: async () => (await guard(() => store.redis.hget(keys.policy(tenantId), "version"))) ?? "0",
        change(stored) {
          const inForce = Math.max(instant.catch(0).parse(stored), newest.get(tenantId)?.version ?? 0);
          return expected !== null && expected !== inForce ? null : inForce + 1;
        },
        write: (version, stored) => replace(tenantId, stored, { policy, version, appliedAt: at }),
      });
      return result?.stored ?? null;
    },
  };
}

/** The text that the MAC covers. */
export const policyText = (fields: Fields): string => fields.map((field) => field ?? "").join("\n");

function parsePolicy(tenantId: string, [version, appliedAt, json]: Fields): StoredPolicy {
  try {
    return {
      policy: policySchema.parse(parseJson(json ?? "")),
      version: z.coerce.number().int().min(1).parse(version),
      appliedAt: instant.parse(appliedAt),
    };
  } catch (error) {
    throw new AppError("RECORD_CORRUPT", `The policy in ${keys.policy(tenantId)} is damaged.`, {
      cause: error,
    });
  }
}
