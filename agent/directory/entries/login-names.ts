/**
 * Reads the names a user signs in with: exactly, for the cloud, and completely, for rules that must not miss any name.
 */
import { withoutInvisible } from "../../../shared/typed-text.ts";
import { nameKey } from "../../../shared/user-names.ts";
import type { EntryProblem, LoginNames } from "../directory.ts";
import type { NameAttributes } from "./dialects.ts";
import { textOfValue, UnusableEntry, valuesOf, type WithAttributes } from "./read-values.ts";

const MAX_NAME_LENGTH = 256;
const MAX_ALIASES = 8;

/**
 * Exchange keeps a type before each address (`SMTP:jane@example.com`, `X400:…`). People sign in with a mail address and
 * without the type, so the other types are no names.
 */
const hasAddressTypes = (attribute: string): boolean => attribute.toLowerCase() === "proxyaddresses";
const holdsAddresses = (attribute: string): boolean =>
  hasAddressTypes(attribute) || attribute.toLowerCase() === "mail";
const withoutType = (address: string): string =>
  /^smtp:/i.test(address) ? address.slice("smtp:".length) : address.includes(":") ? "" : address;

/** Returns the value of this attribute that a name is stored as, for a search. */
export const storedName = (attribute: string, name: string): string =>
  hasAddressTypes(attribute) ? `smtp:${name}` : name;

/**
 * Returns the user name and the aliases. A directory may hold several values of the naming attribute (`uid`): the first is the
 * user name, all of them find the user. An alias that cannot be used is left out. Throws UnusableEntry for the user name.
 */
export function readLoginNames(entry: WithAttributes, attributes: NameAttributes): LoginNames {
  const read = (attribute: string): string[] =>
    valuesOf(entry, attribute)
      // Direction marks make one login name look like another, and nothing that is typed contains them.
      .map((value) => textOfValue(value, attribute, { maxLength: MAX_NAME_LENGTH, directionMarks: "refuse" }))
      // A directory ignores them when it compares names (RFC 4518 section 2.2).
      .map(withoutInvisible)
      .map((name) => (hasAddressTypes(attribute) ? withoutType(name) : name))
      // `n/a` in many users' mail would be a name of all of them.
      .filter((name) => !holdsAddresses(attribute) || name.includes("@"))
      .filter((name) => name !== "");

  let own: string[] = [];
  for (const attribute of attributes.userName) {
    own = read(attribute);
    if (own.length > 0) break;
  }
  const [userName, ...more] = own;
  if (userName === undefined) throw new UnusableEntry("no_user_name", attributes.userName[0] ?? "");
  const unusable: EntryProblem[] = [];
  const readAlias = (attribute: string): string[] => {
    try {
      return read(attribute);
    } catch (error) {
      if (!(error instanceof UnusableEntry)) throw error;
      unusable.push(error.problem);
      return [];
    }
  };
  const others = [...more, ...attributes.aliases.flatMap(readAlias)].map(nameKey);
  // The form in which names are compared can be longer (\u0130, ligatures), so the length is checked again.
  const distinct = [...new Set(others)].filter(
    (name) => name !== "" && name !== nameKey(userName) && name.length <= MAX_NAME_LENGTH,
  );
  return { userName, aliases: distinct.slice(0, MAX_ALIASES).sort(), unusable };
}

/** Returns every value of these attributes, usable as a name or not: in lowercase, and in the form in which names are compared. */
export function allNames(entry: WithAttributes, attributes: readonly string[]): string[] {
  const names = attributes.flatMap((attribute) =>
    (entry.attributes.get(attribute.toLowerCase()) ?? []).flatMap((value) => {
      const name = value.toString("utf8").toLowerCase();
      const plain = nameKey(name);
      return [name, hasAddressTypes(attribute) ? withoutType(plain) : plain];
    }),
  );
  return [...new Set(names)].filter((name) => name !== "");
}
