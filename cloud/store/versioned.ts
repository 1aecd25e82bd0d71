/**
 * Values of the form `<version>\n<MAC>\n<JSON>`. Redis functions compare the version without parsing the rest
 * (functions/registrations.lua). The MAC covers the key, the version and the JSON.
 */
import type { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { assertAuthentic, type Authority } from "./authentic.ts";
import type { RefusedRecord } from "./record-refusals.ts";
import type { Store } from "./store.ts";

export function printVersioned(
  { mac }: Pick<Store, "mac">,
  key: string,
  version: number,
  content: unknown,
): string {
  const json = JSON.stringify(content);
  return `${version}\n${mac.sign(key, `${version}\n${json}`)}\n${json}`;
}

/** Parses such a value. Throws RECORD_FORGED, and RECORD_CORRUPT with the key in its text. */
export function parseVersioned<S extends z.ZodType>(
  authority: Authority,
  record: RefusedRecord,
  value: string,
  schema: S,
): { readonly version: number; readonly content: z.output<S> } {
  const [, version = "", mac, json = ""] = /^([1-9][0-9]*)\n([^\n]*)\n([^]*)$/.exec(value) ?? [];
  assertAuthentic(authority, record, `${version}\n${json}`, mac);
  try {
    return { version: Number(version), content: schema.parse(JSON.parse(json)) };
  } catch (error) {
    throw new AppError("RECORD_CORRUPT", `The record ${record.key} is damaged.`, { cause: error });
  }
}
