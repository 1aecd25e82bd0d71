/** Reads values without which an entry cannot be used. Callers turn the error into a rejection. */
import type { EntryProblem } from "../directory.ts";
import { readText, type TextOptions, type TextProblem } from "./read-text.ts";

/** Thrown for the first value that makes an entry unusable. */
export class UnusableEntry extends Error {
  readonly problem: EntryProblem;
  constructor(reason: EntryProblem["reason"], attribute: string) {
    super(reason);
    this.problem = { reason, attribute };
  }
}

export type Values = readonly Buffer[];
export interface WithAttributes {
  readonly attributes: ReadonlyMap<string, Values>;
}

/** More values than this in one attribute are an accident, not a user's names or numbers. */
const MAX_VALUES = 100;

/** Throws UnusableEntry for an attribute with too many values. */
export function valuesOf(entry: WithAttributes, attribute: string): Values {
  const values = valuesIfFew(entry, attribute);
  if (values === null) throw new UnusableEntry("invalid_value", attribute);
  return values;
}

/** Null for an attribute with too many values. */
export function valuesIfFew(entry: WithAttributes, attribute: string): Values | null {
  const values = entry.attributes.get(attribute.toLowerCase()) ?? [];
  return values.length > MAX_VALUES ? null : values;
}

const REASON_OF: Readonly<Record<TextProblem, EntryProblem["reason"]>> = {
  too_long: "value_too_long",
  not_utf8: "invalid_text",
  control: "invalid_text",
  direction: "invalid_text",
};

/** Returns the value as text; "" when nothing but spaces is in it. Throws UnusableEntry for text that cannot be kept. */
export function textOfValue(value: Buffer, attribute: string, options: TextOptions): string {
  const result = readText(value, options);
  if (!result.ok) throw new UnusableEntry(REASON_OF[result.problem], attribute);
  return result.text;
}
