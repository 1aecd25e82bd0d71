import type { DirectoryEntryRaw } from "./ldap-entry.ts";

type WithAttributes = Pick<DirectoryEntryRaw, "attributes">;

/** Returns the first value as text; undefined when there is none. */
export function textOf(entry: WithAttributes, attribute: string): string | undefined {
  return entry.attributes.get(attribute.toLowerCase())?.[0]?.toString("utf8");
}

/** Returns the first value as a count; null when it is negative or no number. */
export function countOf(entry: WithAttributes, attribute: string): number | null {
  const text = textOf(entry, attribute);
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}

export function isTrue(entry: WithAttributes, attribute: string): boolean {
  return textOf(entry, attribute)?.toUpperCase() === "TRUE";
}
