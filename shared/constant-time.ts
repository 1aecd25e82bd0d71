import { timingSafeEqual } from "node:crypto";

/**
 * Compares two digests, codes or other secrets. How long it takes depends on their lengths alone, never on where they
 * differ, so that a caller who measures it learns nothing of the content. Text is compared as UTF-8.
 */
export function isEqualInConstantTime(one: string | Uint8Array, other: string | Uint8Array): boolean {
  const [a, b] = [bytesOf(one), bytesOf(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const bytesOf = (value: string | Uint8Array): Uint8Array =>
  typeof value === "string" ? Buffer.from(value) : value;
