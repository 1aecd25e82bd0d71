/**
 * Values of the form `<version>\n<JSON>`. Redis functions compare the version without parsing the rest
 * (functions/registrations.lua).
 */
import type { z } from "zod";
import { AppError } from "../../shared/errors.ts";

export const printVersioned = (version: number, content: unknown): string =>
  `${version}\n${JSON.stringify(content)}`;

/** Parses such a value. Throws RECORD_CORRUPT, with the key in its text. */
export function parseVersioned<S extends z.ZodType>(
  key: string,
  value: string,
  schema: S,
): { readonly version: number; readonly content: z.output<S> } {
  try {
    const end = value.indexOf("\n");
    const version = Number(value.slice(0, end));
    if (!/^[1-9][0-9]*$/.test(value.slice(0, end))) throw new Error("it has no version");
    return { version, content: schema.parse(JSON.parse(value.slice(end + 1))) };
  } catch (error) {
    throw new AppError("RECORD_CORRUPT", `The record ${key} is damaged.`, { cause: error });
  }
}
