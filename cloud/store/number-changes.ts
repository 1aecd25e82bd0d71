/**
 * Queue of users with a number or address that a sync changed, as they were before. functions/sync/ adds them;
 * cloud/people/number-changes.ts sends the notices.
 */
import { keys } from "./keys.ts";
import { endLease, takeLease } from "./lease.ts";
import { guard, type Store } from "./store.ts";
import { readUserRecord, type StoredUser, toStoredUser } from "./user-record.ts";

export interface NumberChangeStore {
  /** Returns the length of the queue. */
  count(tenantId: string): Promise<number>;
  /** Returns the oldest users as they were; they stay until `drop`. A value without a valid MAC is reported, and is null. */
  peek(tenantId: string, limit: number): Promise<(StoredUser | null)[]>;
  drop(tenantId: string, count: number): Promise<void>;
  /** Puts the oldest user at the end of the queue. */
  requeue(tenantId: string): Promise<void>;
  /** True for one node at a time, until `forMs` have passed or the node calls `release`. */
  elect(tenantId: string, node: string, forMs: number): Promise<boolean>;
  release(tenantId: string, node: string): Promise<void>;
}

const USER_ID_LENGTH = 32;

/** Creates the store. All functions throw STORE_UNAVAILABLE. */
export function createNumberChangeStore({ store }: { store: Store }): NumberChangeStore {
  const { redis } = store;
  return {
    count: (tenantId) => guard(() => redis.llen(keys.numberChanges(tenantId))),
    async peek(tenantId, limit) {
      const values = await guard(() => redis.lrange(keys.numberChanges(tenantId), 0, limit - 1));
      return values.map((value) => {
        const userId = value.slice(0, USER_ID_LENGTH);
        const record = readUserRecord(store, tenantId, userId, value.slice(USER_ID_LENGTH));
        if (record !== null) return toStoredUser(record);
        store.refusals.refuse({ kind: "user", tenantId, key: keys.numberChanges(tenantId) });
        return null;
      });
    },
    async drop(tenantId, count) {
      await guard(() => redis.ltrim(keys.numberChanges(tenantId), count, -1));
    },
    async requeue(tenantId) {
      const key = keys.numberChanges(tenantId);
      await guard(() => redis.lmove(key, key, "LEFT", "RIGHT"));
    },
    elect: (tenantId, node, forMs) => takeLease(store, keys.numberChangesNotifier(tenantId), node, forMs),
    release: (tenantId, node) => endLease(store, keys.numberChangesNotifier(tenantId), node),
  };
}
