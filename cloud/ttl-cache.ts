/** What many requests ask for, looked up once in a while on this node. */
import type { Clock } from "../shared/clock.ts";

const MAX_KEPT = 1_000;

/**
 * `look` is not asked again for a key before `keepMs` have passed; what fails, and what is not there (null), is not kept. What it
 * needs beside the key must follow from the key.
 */
export function createKept<T, Rest extends readonly unknown[]>(
  { keepMs, clock }: { readonly keepMs: number; readonly clock: Pick<Clock, "monotonicMs"> },
  look: (key: string, ...rest: Rest) => Promise<T>,
): (key: string, ...rest: Rest) => Promise<T> {
  const kept = new Map<string, { readonly value: Promise<T>; readonly until: number }>();
  return (key, ...rest) => {
    const now = clock.monotonicMs();
    const present = kept.get(key);
    if (present !== undefined && now < present.until) return present.value;
    if (kept.size >= MAX_KEPT) kept.clear();
    const value = look(key, ...rest);
    const forget = (): boolean => kept.delete(key);
    value.then((found) => found === null && forget(), forget);
    kept.set(key, { value, until: now + keepMs });
    return value;
  };
}
