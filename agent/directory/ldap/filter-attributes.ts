import { AndFilter, ExtensibleFilter, type Filter, NotFilter, OrFilter } from "ldapts";

/** Lowercase names of the attributes a filter looks at: a change of one of them may move an entry into scope or out of it. */
export function filterAttributes(filter: Filter): ReadonlySet<string> {
  if (filter instanceof AndFilter || filter instanceof OrFilter)
    return new Set(filter.filters.flatMap((part) => [...filterAttributes(part)]));
  if (filter instanceof NotFilter) return filterAttributes(filter.filter);
  const name: unknown =
    filter instanceof ExtensibleFilter ? filter.matchType : Reflect.get(filter, "attribute");
  return new Set(typeof name === "string" && name !== "" ? [name.toLowerCase()] : []);
}
