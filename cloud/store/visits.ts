/**
 * Stores visits of the portals. A visit is one value. It is replaced only if it still has the revision that was read,
 * and it expires at the end of its lifetime. A visit that a person has gained something in also ends with the person's epoch
 * (person-epochs.ts). Each portal has its own schema and keys; the store and its Redis function (functions/visits.lua) are
 * the same.
 */
import type { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { createTtlCache } from "../ttl-cache.ts";
import { keys } from "./keys.ts";
import { readEpoch } from "./person-epochs.ts";
import { guard, type Store } from "./store.ts";
import { parseVersioned, printVersioned } from "./versioned.ts";

export interface Visit {
  readonly id: string;
  readonly tenantId: string;
  /** Counts every write; 0 before the first. */
  readonly revision: number;
}

/** The person of a visit. */
export interface VisitPerson {
  readonly id: string;
  /** The epoch in which the visit began, and those that the visit made itself. */
  readonly epochs: readonly string[];
}

/** All functions but `remembered` throw STORE_UNAVAILABLE. */
export interface VisitStore<V extends Visit> {
  /**
   * Reads a visit; null when there is none, or when it has expired or an epoch has ended it. Null also for a visit that is older
   * than this node has seen: it would give back what its last steps have used up. Throws RECORD_FORGED, RECORD_CORRUPT.
   */
  find(tenantId: string, id: string): Promise<V | null>;
  /** Reads a visit that an epoch has ended, and that epoch; null when there is none. Throws RECORD_CORRUPT. */
  findEnded(tenantId: string, id: string): Promise<{ readonly visit: V; readonly epoch: string } | null>;
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
/** Visits whose newest revision one node remembers: more than are open at the same time. */
const MAX_REVISIONS = 20_000;

export function createVisitStore<V extends Visit>({
  store,
  kind,
  schema,
  keyOf,
  personOf,
}: {
  readonly store: Store;
  readonly kind: "attempt" | "session";
  readonly schema: z.ZodType<V>;
  readonly keyOf: (tenantId: string, id: string) => string;
  /** Null while an epoch cannot end the visit: a visitor who has proved nothing must not see that a person exists. */
  readonly personOf: (visit: V) => VisitPerson | null;
}): VisitStore<V> {
  /** Visits by key, each with the text it was parsed from: an unchanged text need not be parsed again. */
  const known = createTtlCache<string, { readonly value: string; readonly visit: V }>({
    maxEntries: MAX_REMEMBERED,
  });

  /**
   * The newest revision of each visit that this node has read or written; Infinity for a visit that it removed. A writer of Redis
   * can put an older value of a visit back, with its MAC: one from before a wrong code was counted, for example.
   */
  const revisions = createTtlCache<string, number>({ maxEntries: MAX_REVISIONS });

  function remember(key: string, value: string, visit: V): V {
    known.set(key, { value, visit });
    if (visit.revision > (revisions.get(key) ?? 0)) revisions.set(key, visit.revision);
    return visit;
  }

  async function read(tenantId: string, id: string): Promise<V | null> {
    const key = keyOf(tenantId, id);
    const record = { kind, tenantId, key };
    // Taken before the value is read, which may be older than a write of this node that is answered meanwhile.
    const newest = revisions.get(key) ?? 0;
    const value = await guard(() => store.redis.get(key));
    if (value === null) {
      known.delete(key);
      return null;
    }
    const same = known.get(key);
    if (same?.value === value && same.visit.revision >= newest) return same.visit;
    const { version, content } = parseVersioned(store, record, value, schema);
    if (version < newest) {
      known.delete(key);
      store.refusals.older(record, "The visit has ended. Its visitor starts again.");
      return null;
    }
    if (content.id !== id || content.tenantId !== tenantId)
      throw new AppError("RECORD_CORRUPT", `The record ${key} belongs to another visit.`);
    return remember(key, value, { ...content, revision: version });
  }

  /** Returns the epoch that has ended the visit, or null. */
  async function endedBy(visit: V): Promise<string | null> {
    const person = personOf(visit);
    if (person === null) return null;
    const epoch = await readEpoch(store, visit.tenantId, person.id);
    return epoch === null || person.epochs.includes(epoch) ? null : epoch;
  }

  return {
    async find(tenantId, id) {
      const visit = await read(tenantId, id);
      return visit === null || (await endedBy(visit)) !== null ? null : visit;
    },
    async findEnded(tenantId, id) {
      const visit = await read(tenantId, id);
      const epoch = visit === null ? null : await endedBy(visit);
      return visit === null || epoch === null ? null : { visit, epoch };
    },
    remembered: (tenantId, id) => known.get(keyOf(tenantId, id))?.visit ?? null,
    async save(visit, lifeMs) {
      if (visit.revision === 0) await store.checkRoom();
      const key = keyOf(visit.tenantId, visit.id);
      const saved = { ...visit, revision: visit.revision + 1 };
      const value = printVersioned(store, key, saved.revision, saved);
      const person = personOf(saved);
      const reply = await store.call(
        "latchkey_visit_save",
        person === null ? [key] : [key, keys.personEpoch(visit.tenantId) + person.id],
        [visit.revision, value, Math.max(1, Math.ceil(lifeMs)), ...(person?.epochs ?? [])],
      );
      if (reply === 1) return remember(key, value, saved);
      known.delete(key);
      return null;
    },
    async remove(tenantId, id) {
      const key = keyOf(tenantId, id);
      known.delete(key);
      await guard(() => store.redis.del(key));
      revisions.set(key, Infinity);
    },
  };
}
