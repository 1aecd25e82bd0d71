/**
 * Writes the agent's list of common passwords from the package that the browser's meter uses, so that the agent needs no
 * package for it.
 *
 *   npm run passwords:generate
 */
import { writeFileSync } from "node:fs";
import { dictionary } from "@zxcvbn-ts/language-common";
import { COMMON_PASSWORDS_FILE, folded } from "../agent/password-lists/banned-passwords.ts";

/** Shorter ones are below the length that any directory accepts, even with digits and symbols around them. */
const SHORTEST = 4;

/** Returns the content of the file: folded as passwords are folded, sorted, one per line. */
export function listCommonPasswords(): string {
  const words = (dictionary["passwords-common"] as readonly string[]).map(folded);
  return [...new Set(words)]
    .filter((word) => word.length >= SHORTEST && !word.includes("\n"))
    .sort()
    .join("\n");
}

if (process.argv[1] === import.meta.filename) writeFileSync(COMMON_PASSWORDS_FILE, listCommonPasswords());
