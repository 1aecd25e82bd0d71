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

/** The login names among these attributes, lowercase, without repeats. */
export function namesOf(entry: WithAttributes, attributes: readonly string[]): string[] {
  const names = attributes.map((attribute) => textOf(entry, attribute)?.toLowerCase());
  return [...new Set(names.filter((name) => name !== undefined && name !== ""))] as string[];
}
