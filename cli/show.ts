/** Values as people read them in tables. */
import { showInstant as show } from "../shared/show-instant.ts";

type Row = readonly [label: string, value: string | number | null];

/** Null prints as a dash. */
export const showInstant = (ms: number | null): string | null => (ms === null ? null : show(ms));

export const showYesNo = (value: boolean | null): string | null =>
  value === null ? null : value ? "yes" : "no";

/** `a, b`; null, a dash, when there is none. */
export const orDash = (values: readonly string[]): string | null =>
  values.length === 0 ? null : values.join(", ");

/** The rows that say something: a value that is missing, or a count of nothing, is left out. */
export const telling = (rows: readonly Row[]): Row[] =>
  rows.filter(([, value]) => value !== null && value !== 0);
