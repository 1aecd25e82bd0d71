/** `2026-11-22 09:10:11Z`: a time for people, in the same form in every program. */
export const showInstant = (epochMs: number): string =>
  `${new Date(epochMs).toISOString().slice(0, 19).replace("T", " ")}Z`;
