/** Words of a person that a new password should not contain: the strength meter warns of them. */
import type { DirectoryUser } from "../../shared/user.ts";

const MAX_WORDS = 16;
/** Shorter parts of names occur in too many words. */
const MIN_LENGTH = 3;
const MAX_LENGTH = 64;

/** The names and their parts. Of an address only the part before the @ counts: `com` occurs in too many words. */
export function passwordWords({
  userName,
  displayName,
  aliases,
}: Pick<DirectoryUser, "userName" | "displayName" | "aliases">): string[] {
  const all = [...(displayName === null ? [] : [displayName]), userName, ...aliases]
    .map((name) => name.replace(/@[^@]*$/, ""))
    .flatMap((name) => [name, ...name.split(/[\s.,_'-]+/u)]);
  return [...new Set(all.map((name) => name.toLowerCase()))]
    .filter(({ length }) => length >= MIN_LENGTH && length <= MAX_LENGTH)
    .slice(0, MAX_WORDS);
}
