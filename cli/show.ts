/** Values as people read them in tables. */

/** `2026-11-22 09:10:11Z`; null prints as a dash. */
export const showInstant = (ms: number | null): string | null =>
  ms === null ? null : `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}Z`;

export const showYesNo = (value: boolean | null): string | null =>
  value === null ? null : value ? "yes" : "no";

/** `key:01J…`, `agent:01J…`. */
export const orDash = (values: readonly string[]): string | null =>
  values.length === 0 ? null : values.join(", ");
