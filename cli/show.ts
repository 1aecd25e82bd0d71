/** Formats values for tables. */
import { showInstant as show } from "../shared/show-instant.ts";

type Row = readonly [label: string, value: string | number | null];

/** Returns null, which a table prints as a dash, for null. */
export const showInstant = (ms: number | null): string | null => (ms === null ? null : show(ms));

export const showYesNo = (value: boolean | null): string | null =>
  value === null ? null : value ? "yes" : "no";

/** `a, b`; null, which a table prints as a dash, for an empty list. */
export const orDash = (values: readonly string[]): string | null =>
  values.length === 0 ? null : values.join(", ");

/** A table stays readable with one long name in it. `--json` has it whole. */
const MAX_NAME_WIDTH = 40;

/** Cuts a long name. */
export function shortName(name: string | null): string | null {
  const letters = Array.from(name ?? "");
  return letters.length <= MAX_NAME_WIDTH ? name : `${letters.slice(0, MAX_NAME_WIDTH - 1).join("")}…`;
}

/** Leaves out rows whose value is null or the number 0. */
export const withoutEmptyRows = (rows: readonly Row[]): Row[] =>
  rows.filter(([, value]) => value !== null && value !== 0);
