/**
 * Reads the names a user signs in with: exactly, for the cloud, and completely, for rules that must not miss any name.
 */
import type { LoginNames } from "../directory.ts";
import type { NameAttributes } from "./dialects.ts";
import { textOfValue, UnusableEntry, valuesOf, type WithAttributes } from "./read-values.ts";

const MAX_NAME_LENGTH = 256;
const MAX_ALIASES = 8;

/**
 * Returns the user name and the aliases. A directory may hold several values of the naming attribute (`uid`): the first is the
 * user name, all of them find the user. Throws UnusableEntry.
 */
export function readLoginNames(entry: WithAttributes, attributes: NameAttributes): LoginNames {
  const read = (attribute: string): string[] =>
    valuesOf(entry, attribute)
      // Direction marks make one login name look like another, and nothing that is typed contains them.
      .map((value) => textOfValue(value, attribute, { maxLength: MAX_NAME_LENGTH, directionMarks: "refuse" }))
      .filter((name) => name !== "");

  let own: string[] = [];
  for (const attribute of attributes.userName) {
    own = read(attribute);
    if (own.length > 0) break;
  }
  const [userName, ...more] = own;
  if (userName === undefined) throw new UnusableEntry("no_user_name", attributes.userName[0] ?? "");
  const others = [...more, ...attributes.aliases.flatMap(read)].map((name) => name.toLowerCase());
  // A lowercase letter can be longer than its uppercase one (\u0130), so the length is checked again.
  const distinct = [...new Set(others)].filter(
    (name) => name !== userName.toLowerCase() && name.length <= MAX_NAME_LENGTH,
  );
  return { userName, aliases: distinct.slice(0, MAX_ALIASES).sort() };
}

/** Returns every value of these attributes in lowercase, usable as a name or not. */
export function allNames(entry: WithAttributes, attributes: readonly string[]): string[] {
  const names = attributes.flatMap((attribute) =>
    (entry.attributes.get(attribute.toLowerCase()) ?? []).map((value) =>
      value.toString("utf8").toLowerCase(),
    ),
  );
  return [...new Set(names)].filter((name) => name !== "");
}
