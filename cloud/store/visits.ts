/**
 * Visits at the portals: one value each, written only in place of the revision it was made from, and gone when its lifetime ends.
 * Each portal has its own schema and keys; the store and its Redis function (functions/visits.lua) are the same.
 */
import type { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { guard, type Store } from "./store.ts";
import { parseVersioned, printVersioned } from "./versioned.ts";

export interface Visit {
  readonly id: string;
  readonly tenantId: string;
  /** Counts every write; 0 before the first. */
  readonly revision: number;
}

/** All but `remembered` throw STORE_UNAVAILABLE. */
export interface VisitStore<V extends Visit> {
  /** Null when there is none, or when its lifetime has ended. Throws RECORD_CORRUPT. */
  find(tenantId: string, id: string): Promise<V | null>;
  /**
   * The visit as this node read or wrote it last. Another node may have written since, so use it only for a change that `save` will
   * refuse in that case.
   */
  remembered(tenantId: string, id: string): V | null;
  /**
   * Writes the visit in place of the one with its revision (0: there was none). Answers what is stored then, with the next revision;
   * null when another write came in between.
   */
  save(visit: V, lifeMs: number): Promise<V | null>;
  remove(tenantId: string, id: string): Promise<void>;
}

/** Visits that one node remembers; the memory is cleared when it is full. */
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
  /** By key, with the text each was parsed from: a text that has not changed need not be parsed again. */
  const known = new Map<string, { readonly value: string; readonly visit: V }>();

  function remember(key: string, value: string, visit: V): V {
    if (known.size >= MAX_REMEMBERED) known.clear();
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
