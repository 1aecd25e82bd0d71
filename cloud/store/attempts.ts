/** Attempts at the reset portal: one value each, written only in the place of the one that was read. Gone after 15 minutes. */
import { type Attempt, attemptSchema } from "../reset/attempt.ts";
import type { AttemptStore } from "../reset/attempt-store.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";
import { parseVersioned, printVersioned } from "./versioned.ts";

/** Attempts that one node remembers; more than these start over. */
const MAX_REMEMBERED = 2_000;

/** All but `remembered` throw STORE_UNAVAILABLE; `find` throws RECORD_CORRUPT. */
export function createAttempts({ store }: { store: Store }): AttemptStore {
  /** By key, with the text they stand for: the same text need not be parsed again. */
  const known = new Map<string, { readonly value: string; readonly attempt: Attempt }>();

  function remember(key: string, value: string, attempt: Attempt): Attempt {
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(key, { value, attempt });
    return attempt;
  }

  return {
    async find(tenantId, id) {
      const key = keys.attempt(tenantId, id);
      const value = await guard(() => store.redis.get(key));
      if (value === null) {
        known.delete(key);
        return null;
      }
      const same = known.get(key);
      if (same?.value === value) return same.attempt;
      return remember(key, value, parseVersioned(key, value, attemptSchema).content);
    },
    remembered: (tenantId, id) => known.get(keys.attempt(tenantId, id))?.attempt ?? null,
    async save(attempt, lifeMs) {
      const key = keys.attempt(attempt.tenantId, attempt.id);
      const saved = { ...attempt, revision: attempt.revision + 1 };
      const value = printVersioned(saved.revision, saved);
      const reply = await store.call(
        "latchkey_attempt_save",
        [key],
        [attempt.revision, value, Math.max(1, Math.ceil(lifeMs))],
      );
      if (reply === 1) return remember(key, value, saved);
      known.delete(key);
      return null;
    },
    async remove(tenantId, id) {
      const key = keys.attempt(tenantId, id);
      known.delete(key);
      await guard(() => store.redis.del(key));
    },
  };
}
