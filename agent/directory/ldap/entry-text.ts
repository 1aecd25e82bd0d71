import type { DirectoryEntryRaw } from "./ldap-entry.ts";

type WithAttributes = Pick<DirectoryEntryRaw, "attributes">;

/** The first value as text; undefined without one. */
export function textOf(entry: WithAttributes, attribute: string): string | undefined {
  return entry.attributes.get(attribute.toLowerCase())?.[0]?.toString("utf8");
}

/** A number that is none or negative is null. */
export function countOf(entry: WithAttributes, attribute: string): number | null {
  const text = textOf(entry, attribute);
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}

export function isTrue(entry: WithAttributes, attribute: string): boolean {
  return textOf(entry, attribute)?.toUpperCase() === "TRUE";
}
