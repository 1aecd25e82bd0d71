/**
 * Search filters (RFC 4511 section 4.5.1.7) as objects. No value from outside is ever put into a filter as text. The other
 * rooms of agent/directory build every filter from these functions and do not know how it is encoded.
 */
import {
  AndFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  FilterParser,
  GreaterThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
} from "ldapts";
import { AppError } from "../../../shared/errors.ts";
import { LDAP_OID } from "./oids.ts";

export type { Filter };

export const equals = (attribute: string, value: string | Buffer): Filter =>
  new EqualityFilter({ attribute, value });
export const present = (attribute: string): Filter => new PresenceFilter({ attribute });
export const atLeast = (attribute: string, value: string): Filter =>
  new GreaterThanEqualsFilter({ attribute, value });
export const not = (filter: Filter): Filter => new NotFilter({ filter });
export const anyOf = (filters: readonly Filter[]): Filter => new OrFilter({ filters: [...filters] });
export const allOf = (filters: readonly Filter[]): Filter => new AndFilter({ filters: [...filters] });

/** Matches every entry: each has an object class. */
export const ANY_ENTRY: Filter = present("objectClass");

/** Matches the members of a group, however deeply nested. Only Active Directory has this matching rule. */
export const isInGroup = (group: string): Filter => inChain("memberOf", group);

/** Matches the groups that a member is in, however deeply nested. Only Active Directory has this matching rule. */
export const hasMember = (member: string): Filter => inChain("member", member);

const inChain = (matchType: string, value: string): Filter =>
  new ExtensibleFilter({ matchType, rule: LDAP_OID.inChain, value });

/** Returns the lowercase names of the attributes a filter reads: a change of one may move an entry into or out of scope. */
export function filterAttributes(filter: Filter): ReadonlySet<string> {
  if (filter instanceof AndFilter || filter instanceof OrFilter)
    return new Set(filter.filters.flatMap((part) => [...filterAttributes(part)]));
  if (filter instanceof NotFilter) return filterAttributes(filter.filter);
  const name: unknown =
    filter instanceof ExtensibleFilter ? filter.matchType : Reflect.get(filter, "attribute");
  return new Set(typeof name === "string" && name !== "" ? [name.toLowerCase()] : []);
}

/**
 * Parses a filter that an administrator wrote (RFC 4515), spaces and line breaks between its parts included. ldapts turns `\c3\a9` into two characters instead of the one it
 * encodes, so escaped UTF-8 is decoded first. Throws CONFIG_INVALID.
 */
export function parseAdminFilter(text: string): Filter {
  const filter = parseFilter(text);
  const oid = [...filterAttributes(filter)].find((name) => OID.test(name));
  if (oid !== undefined) throw namesAnOid(text, oid);
  return filter;
}

/** What the filter is about could not be told from an OID: whether it asks for membership, for instance. */
const OID = /^(?:oid\.)?\d+(?:\.\d+)+/i;
const OID_IN_TEXT = /\(\s*((?:oid\.)?\d+(?:\.\d+)+)[^()=]*=/i;
const namesAnOid = (text: string, oid: string, cause?: unknown): AppError =>
  new AppError(
    "CONFIG_INVALID",
    `directory.filter has the OID ${oid} for an attribute. Write the name of the attribute: ${text}`,
    { cause },
  );

function parseFilter(text: string): Filter {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const decoded = withoutLayout(text).replace(/(?:\\[89a-fA-F][0-9a-fA-F])+/g, (run) =>
      decoder.decode(Buffer.from(run.replaceAll("\\", ""), "hex")),
    );
    if (!isBalanced(decoded)) throw new Error("unbalanced parentheses"); // ldapts accepts a missing one at the end
    return FilterParser.parseString(decoded);
  } catch (error) {
    const oid = OID_IN_TEXT.exec(text)?.[1];
    if (oid !== undefined) throw namesAnOid(text, oid, error);
    throw new AppError("CONFIG_INVALID", `directory.filter is not an LDAP filter: ${text}`, { cause: error });
  }
}

/**
 * Removes the spaces and line breaks of a filter that stands on several lines of the YAML file. Spaces within values
 * stay: only a line break ends a value before its closing parenthesis.
 */
const withoutLayout = (text: string): string =>
  text
    .trim()
    .replace(/(?<=[()])\s+|\s+(?=\()/g, "")
    .replace(/[ \t]*[\r\n]\s*(?=\))/g, "");

/** Parentheses within values are written \28 and \29, so all others belong to the structure. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
