/**
 * Queue of users with a mobile number that a sync changed, as they were before. functions/sync/ adds them; cloud/sync
 * sends the notices.
 */
import { parseJson } from "../../shared/parse-json.ts";
import { type DirectoryUser, directoryUserSchema } from "../../shared/user.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface NumberChangeStore {
  /** Returns the length of the queue. */
  count(tenantId: string): Promise<number>;
  /** Returns the oldest users as they were; they stay until `drop`. A value that does not parse is null. */
  peek(tenantId: string, limit: number): Promise<(DirectoryUser | null)[]>;
  drop(tenantId: string, count: number): Promise<void>;
  /** True for one node at a time, until `forMs` have passed or the node calls `release`. */
  elect(tenantId: string, node: string, forMs: number): Promise<boolean>;
  release(tenantId: string): Promise<void>;
}

/** Creates the store. All functions throw STORE_UNAVAILABLE. */
export function createNumberChangeStore({ store }: { store: Store }): NumberChangeStore {
  const { redis } = store;
  return {
    count: (tenantId) => guard(() => redis.llen(keys.numberChanges(tenantId))),
    async peek(tenantId, limit) {
      const values = await guard(() => redis.lrange(keys.numberChanges(tenantId), 0, limit - 1));
      return values.map((value) => directoryUserSchema.safeParse(parseJson(value)).data ?? null);
    },
    async drop(tenantId, count) {
      await guard(() => redis.ltrim(keys.numberChanges(tenantId), count, -1));
    },
    async elect(tenantId, node, forMs) {
      const key = keys.numberChangesNotifier(tenantId);
      return (await guard(() => redis.set(key, node, "PX", forMs, "NX"))) === "OK";
    },
    async release(tenantId) {
      await guard(() => redis.del(keys.numberChangesNotifier(tenantId)));
    },
  };
}
