/** What the index finds a user by: names to sign in with, and the display name for administrators who search. */
import type { DirectoryUser } from "../../shared/user.ts";
import { nameKey } from "../../shared/user-names.ts";

/** Returns all names to sign in with, the user name first. */
export const indexedNames = ({
  userName,
  aliases,
}: Pick<DirectoryUser, "userName" | "aliases">): string[] => [
  ...new Set([userName, ...aliases].map(nameKey).filter((name) => name !== "")),
];

/**
 * Stands before a display name in the index. No name to sign in with has a control character, and none that is typed is looked up, so
 * nobody is found by a display name at the portals.
 */
export const DISPLAYED = "\u0001";
/** A user is found by the display name and by its end from each of so many words: `Doe` finds Jane Doe. */
const MAX_WORDS = 4;

/** Returns the display name as it is in the index. */
export function indexedDisplayNames({ displayName }: Pick<DirectoryUser, "displayName">): string[] {
  const words = nameKey((displayName ?? "").replace(/\p{Cc}/gu, " ")).split(" ");
  return words.flatMap((word, at) =>
    word === "" || at >= MAX_WORDS ? [] : [DISPLAYED + words.slice(at).join(" ")],
  );
}
