/** Search filters as objects. Nothing that comes from outside is ever put into a filter as text. */
import { AndFilter, EqualityFilter, ExtensibleFilter, type Filter, FilterParser, OrFilter } from "ldapts";
import { AppError } from "../../../shared/errors.ts";
import type { DialectName } from "../directory.ts";
import { LDAP_OID } from "./oids.ts";

export const equals = (attribute: string, value: string | Buffer): Filter =>
  new EqualityFilter({ attribute, value });
export const anyOf = (filters: readonly Filter[]): Filter => new OrFilter({ filters: [...filters] });
export const allOf = (filters: readonly Filter[]): Filter => new AndFilter({ filters: [...filters] });

/** Member of the group, however deeply nested; Active Directory only. */
export const inChain = (group: string): Filter =>
  new ExtensibleFilter({ matchType: "memberOf", rule: LDAP_OID.inChain, value: group });

/** Every person, where the configuration names no filter. */
export function personFilter(dialect: DialectName): Filter {
  return dialect === "active-directory"
    ? allOf([equals("objectCategory", "person"), equals("objectClass", "user")])
    : equals("objectClass", "person");
}

/**
 * A filter an administrator wrote (RFC 4515). ldapts turns `\c3\a9` into two characters instead of the one it stands for, so
 * escaped UTF-8 is written out first. Throws CONFIG_INVALID.
 */
export function parseAdminFilter(text: string): Filter {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const written = text.replace(/(?:\\[89a-fA-F][0-9a-fA-F])+/g, (run) =>
      decoder.decode(Buffer.from(run.replaceAll("\\", ""), "hex")),
    );
    if (!isBalanced(written)) throw new Error("unbalanced parentheses"); // ldapts forgives a missing one at the end
    return FilterParser.parseString(written);
  } catch (error) {
    throw new AppError("CONFIG_INVALID", `directory.filter is not an LDAP filter: ${text}`, { cause: error });
  }
}

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
