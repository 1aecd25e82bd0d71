/**
 * Text with a MAC in front: `<MAC>\n<text>`. The MAC binds the text to the record's name, so that it counts nowhere else, and is
 * checked before anything of the text is used.
 */
import type { RefusedRecord } from "./record-refusals.ts";
import type { Store } from "./store.ts";

/** The part of the store that authenticates records. */
export type Authority = Pick<Store, "mac" | "refusals">;

export const printAuthentic = ({ mac }: Pick<Store, "mac">, key: string, text: string): string =>
  `${mac.sign(key, text)}\n${text}`;

/** Returns the text of such a value. Throws RECORD_FORGED. */
export function parseAuthentic(authority: Authority, record: RefusedRecord, value: string): string {
  const end = value.indexOf("\n");
  const text = value.slice(end + 1);
  assertAuthentic(authority, record, text, value.slice(0, Math.max(end, 0)));
  return text;
}

/** Throws RECORD_FORGED unless `mac` authenticates the text as the content of this record. */
export function assertAuthentic(
  { mac, refusals }: Authority,
  record: RefusedRecord,
  text: string,
  given: string | null | undefined,
): void {
  if (typeof given !== "string" || !mac.verify(record.key, text, given)) throw refusals.refuse(record);
}
