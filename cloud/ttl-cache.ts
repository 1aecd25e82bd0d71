/** Bounded caches of one node. When a cache is full, its oldest entry is removed for the new one. */
import type { Clock } from "../shared/clock.ts";

export interface TtlCache<Key, Value> {
  /** Undefined when there is none or it has expired. */
  get(key: Key): Value | undefined;
  /** Stores a value and restarts the lifetime of its entry. */
  set(key: Key, value: Value): void;
  delete(key: Key): void;
}

/** Without `ttlMs`, entries never expire. */
export type TtlCacheOptions = { readonly maxEntries: number } & (
  | { readonly ttlMs: number; readonly clock: Pick<Clock, "monotonicMs"> }
  | { readonly ttlMs?: undefined; readonly clock?: undefined }
);

export function createTtlCache<Key, Value>({
  maxEntries,
  ttlMs = Infinity,
  clock,
}: TtlCacheOptions): TtlCache<Key, Value> {
  /** All entries have the same lifetime, and `set` moves its entry to the end, so the first entry is the oldest. */
  const entries = new Map<Key, { readonly value: Value; readonly expiresAt: number }>();
  const now = (): number => clock?.monotonicMs() ?? 0;
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (now() < entry.expiresAt) return entry.value;
      entries.delete(key);
      return undefined;
    },
    set(key, value) {
      entries.delete(key);
      const [oldest] = entries.size < maxEntries ? [] : entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
      entries.set(key, { value, expiresAt: now() + ttlMs });
    },
    delete(key) {
      entries.delete(key);
    },
  };
}

export interface CachedLookUp<Value, Rest extends readonly unknown[]> {
  /** `rest` must be determined by the key, because a cached answer is returned whatever `rest` is. */
  get(key: string, ...rest: Rest): Promise<Value>;
  /** Stores a value that is known without a look-up. */
  set(key: string, value: Value): void;
  delete(key: string): void;
}

const MAX_LOOK_UPS = 1_000;

/**
 * Caches what `lookUp` resolves to, so that many requests share one look-up. Failures and nulls are not cached: the next caller
 * looks up again.
 */
export function createCachedLookUp<Value, Rest extends readonly unknown[]>(
  options: {
    readonly ttlMs: number;
    readonly clock: Pick<Clock, "monotonicMs">;
    readonly maxEntries?: number;
  },
  lookUp: (key: string, ...rest: Rest) => Promise<Value>,
): CachedLookUp<Value, Rest> {
  const { ttlMs, clock, maxEntries = MAX_LOOK_UPS } = options;
  const cache = createTtlCache<string, Promise<Value>>({ ttlMs, clock, maxEntries });
  return {
    get(key, ...rest) {
      const cached = cache.get(key);
      if (cached !== undefined) return cached;
      const found = lookUp(key, ...rest);
      // Another value may have replaced it meanwhile.
      const forget = (): void => {
        if (cache.get(key) === found) cache.delete(key);
      };
      found.then((value) => {
        if (value === null) forget();
      }, forget);
      cache.set(key, found);
      return found;
    },
    set: (key, value) => cache.set(key, Promise.resolve(value)),
    delete: (key) => cache.delete(key),
  };
}
