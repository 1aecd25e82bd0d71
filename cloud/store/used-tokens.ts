/** Marks tokens that work only once across all nodes, such as a solved captcha. */
import { createHash } from "node:crypto";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

/** Returns true on the first use of `key`, false on any other until `ttlMs` after that. Throws STORE_UNAVAILABLE. */
export type IsFirstUse = (key: string, ttlMs: number) => Promise<boolean>;

export function createUsedTokens({ store }: { readonly store: Pick<Store, "redis"> }): IsFirstUse {
  return async (key, ttlMs) => {
    const digest = createHash("sha256").update(key).digest("base64url");
    return (await guard(() => store.redis.set(keys.used(digest), "1", "PX", ttlMs, "NX"))) === "OK";
  };
}
