/** The attributes that a server knows, read from its subschema (RFC 4512 sections 4.2 and 4.4). */
import type { ReadEntries } from "./directory-identity.ts";
import { ANY_ENTRY } from "./filters.ts";
import { isServerFault } from "./ldap-errors.ts";
import type { RootDse } from "./root-dse.ts";

export interface Schema {
  /**
   * Returns the name under which the server answers an attribute: the first of its names, for an alias
   * (`mobileTelephoneNumber` of `mobile`) or an OID. Null for an attribute that the server does not know.
   */
  nameOf(attribute: string): string | null;
  /** Returns the known name that looks most like this one; null when none does. */
  closest(attribute: string): string | null;
}

/** Returns null when the server shows this account no schema. */
export async function readSchema(read: ReadEntries, { subschema }: RootDse): Promise<Schema | null> {
  if (subschema === null) return null;
  try {
    const request = {
      base: subschema,
      scope: "base",
      filter: ANY_ENTRY,
      attributes: ["attributeTypes"],
    } as const;
    const [entry] = await read(request);
    const types = (entry?.attributes.get("attributetypes") ?? []).map((type) => type.toString("utf8"));
    return types.length === 0 ? null : createSchema(types);
  } catch (error) {
    if (isServerFault(error)) throw error;
    return null; // the account may not read it
  }
}

/** `descriptions`: values of attributeTypes, `( 0.9.2342.19200300.100.1.41 NAME ( 'mobile' 'mobileTelephoneNumber' ) … )`. */
function createSchema(descriptions: readonly string[]): Schema {
  const names = new Map<string, string>();
  for (const description of descriptions) {
    const [, oid = "", one, several = ""] =
      /^\(\s*(\S+)\s+NAME\s+(?:'([^']*)'|\(([^)]*)\))/.exec(description) ?? [];
    const all = one === undefined ? [...several.matchAll(/'([^']*)'/g)].map(([, name]) => name ?? "") : [one];
    const [first] = all;
    if (first === undefined) continue;
    for (const name of [oid, ...all]) names.set(name.toLowerCase(), first);
  }
  return {
    nameOf: (attribute) => names.get(attribute.toLowerCase()) ?? null,
    closest(attribute) {
      let best: { readonly name: string; readonly steps: number } | null = null;
      for (const [key, name] of names) {
        const steps = distance(attribute.toLowerCase(), key);
        if (steps <= attribute.length / 3 && steps < (best?.steps ?? Infinity)) best = { name, steps };
      }
      if (best !== null) return best.name;
      // `mobilePhone` → `mobile`: the longest known name that it begins with.
      const begun = [...names].filter(([key]) => key.length > 3 && attribute.toLowerCase().startsWith(key));
      return begun.sort(([a], [b]) => b.length - a.length)[0]?.[1] ?? null;
    },
  };
}

/** Counts the letters to insert, remove or replace (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[to.length] ?? 0;
}
