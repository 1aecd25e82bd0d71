/** Things that are good once, on all nodes together: a solved captcha, an answered question. */
import { createHash } from "node:crypto";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

/** True the first time for this `key`, false again until `ttlMs` after it. Throws STORE_UNAVAILABLE. */
export type Once = (key: string, ttlMs: number) => Promise<boolean>;

export function createOnce({ store }: { readonly store: Pick<Store, "redis"> }): Once {
  return async (key, ttlMs) => {
    const digest = createHash("sha256").update(key).digest("base64url");
    return (await guard(() => store.redis.set(keys.used(digest), "1", "PX", ttlMs, "NX"))) === "OK";
  };
}
