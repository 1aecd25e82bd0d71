/**
 * Stores visits of the portals. A visit is one value. It is replaced only if it still has the revision that was read,
 * and it expires at the end of its lifetime. Each portal has its own schema and keys; the store and its Redis function
 * (functions/visits.lua) are the same.
 */
import type { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { createTtlCache } from "../ttl-cache.ts";
import { guard, type Store } from "./store.ts";
import { parseVersioned, printVersioned } from "./versioned.ts";

export interface Visit {
  readonly id: string;
  readonly tenantId: string;
  /** Counts every write; 0 before the first. */
  readonly revision: number;
}

/** All functions but `remembered` throw STORE_UNAVAILABLE. */
export interface VisitStore<V extends Visit> {
  /** Reads a visit; null when there is none or when it has expired. Throws RECORD_CORRUPT. */
  find(tenantId: string, id: string): Promise<V | null>;
  /**
   * Returns the visit as this node last read or wrote it. Another node may have written since, so use it only for a
   * change that `save` refuses in that case.
   */
  remembered(tenantId: string, id: string): V | null;
  /**
   * Replaces the stored visit if it still has the same revision (0 when there was none). Returns the stored visit, with
   * the next revision; null when another write came in between.
   */
  save(visit: V, lifeMs: number): Promise<V | null>;
  remove(tenantId: string, id: string): Promise<void>;
}

/** Visits that one node remembers. */
const MAX_REMEMBERED = 2_000;

export function createVisitStore<V extends Visit>({
  store,
  schema,
  keyOf,
}: {
  readonly store: Store;
  readonly schema: z.ZodType<V>;
  readonly keyOf: (tenantId: string, id: string) => string;
}): VisitStore<V> {
  /** Visits by key, each with the text it was parsed from: an unchanged text need not be parsed again. */
  const known = createTtlCache<string, { readonly value: string; readonly visit: V }>({
    maxEntries: MAX_REMEMBERED,
  });

  function remember(key: string, value: string, visit: V): V {
    known.set(key, { value, visit });
    return visit;
  }

  return {
    async find(tenantId, id) {
      const key = keyOf(tenantId, id);
      const value = await guard(() => store.redis.get(key));
      if (value === null) {
        known.delete(key);
        return null;
      }
      const same = known.get(key);
      if (same?.value === value) return same.visit;
      const { version, content } = parseVersioned(key, value, schema);
      if (content.id !== id || content.tenantId !== tenantId)
        throw new AppError("RECORD_CORRUPT", `The record ${key} belongs to another visit.`);
      return remember(key, value, { ...content, revision: version });
    },
    remembered: (tenantId, id) => known.get(keyOf(tenantId, id))?.visit ?? null,
    async save(visit, lifeMs) {
      const key = keyOf(visit.tenantId, visit.id);
      const saved = { ...visit, revision: visit.revision + 1 };
      const value = printVersioned(saved.revision, saved);
      const reply = await store.call(
        "latchkey_visit_save",
        [key],
        [visit.revision, value, Math.max(1, Math.ceil(lifeMs))],
      );
      if (reply === 1) return remember(key, value, saved);
      known.delete(key);
      return null;
    },
    async remove(tenantId, id) {
      const key = keyOf(tenantId, id);
      known.delete(key);
      await guard(() => store.redis.del(key));
    },
  };
}
