/** Recognises the passwords that attackers guess first, which are refused whatever the directory's own rule says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The passwords that leaks contain most often, folded, one per line: about 48,000, which take 4 MB. `npm run
 * passwords:generate` makes the file.
 */
export const COMMON_PASSWORDS_FILE = join(import.meta.dirname, "common-passwords.txt");
const COMMON: ReadonlySet<string> = new Set(readFileSync(COMMON_PASSWORDS_FILE, "utf8").split("\n"));

/** Words that people take in other languages and that the list of common passwords lacks. */
const MORE_COMMON: ReadonlySet<string> = new Set(
  (
    "passwort motdepasse wachtwoord contrasena senha parola haslo salasana willkommen bienvenue welkom hallo " +
    "administrator changeme default temp temporary root guest autumn printemps automne hiver lente herfst sommer " +
    "january february march april june july august september october november december " +
    "monday tuesday wednesday thursday friday saturday sunday"
  ).split(" "),
);

/** Characters written in the place of a letter. A one stands for two letters, so there are two readings. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "8": "b",
  "9": "g",
  "@": "a",
  $: "s",
  "!": "i",
  "+": "t",
};
const LOOK_ALIKES_OF_L: Readonly<Record<string, string>> = { ...LOOK_ALIKES, "1": "l", "!": "l", "|": "l" };

/** Only the beginning of longer texts is judged, which bounds the time that a password takes. Counted after folding. */
const LONGEST = 512;
/** Shorter passwords are left to the directory's own rule, which names the length. */
const SHORTEST = 6;

/**
 * Tells whether a password is a common one, also with digits and symbols around it or look-alike characters
 * (`L1verpool2024!`), only digits or repeats, or made of banned words with almost nothing else (`Contoso-Jane-7`). `words`: more banned words, as `bannedWords` returns them.
 */
export function isBanned(password: string, ...words: readonly BannedWords[]): boolean {
  const text = folded(password).slice(0, LONGEST);
  if (text.length < SHORTEST) return false;
  const forms = new Set(readingsOf(text));
  return isCommon(text) || [...forms].some((form) => isMadeOf(form, words));
}

export interface BannedWords {
  readonly size: number;
  /** The length of the longest word, in UTF-16 units. */
  readonly longest: number;
  has(word: string): boolean;
}

/** Makes banned words of a tenant's list, one word per line, or of a user's names. Folds them as passwords are folded. */
export function bannedWords(lines: Iterable<string>): BannedWords {
  const words = new Set<string>();
  let longest = 0;
  for (const line of lines) {
    const word = folded(line.trim());
    if (word.length < SHORTEST_WORD || word.length > LONGEST_WORD) continue;
    words.add(word);
    longest = Math.max(longest, word.length);
  }
  return { size: words.size, longest, has: (word) => words.has(word) };
}

/** Returns a user's names and their parts, of which a password must not consist. Of an address, the part before the @ is a name. */
export const nameParts = (names: readonly string[]): BannedWords =>
  bannedWords(names.flatMap((name) => [name, localPart(name), ...localPart(name).split(/[^\p{L}\p{M}]+/u)]));

/** Returns the words in the domains of a user's names, such as `contoso`; not the last one, such as `com`. */
export const domainParts = (names: readonly string[]): BannedWords =>
  bannedWords(
    names.flatMap((name) =>
      name
        .slice(localPart(name).length + 1)
        .split(".")
        .slice(0, -1)
        .flatMap((label) => [label, ...label.split(/[^\p{L}\p{M}]+/u)]),
    ),
  );

const localPart = (name: string): string =>
  name.includes("@") ? name.slice(0, name.lastIndexOf("@")) : name;

/** A shorter stem makes up too little of a password to be judged by. */
const SHORTEST_STEM = 4;
/** Shorter words occur in too many others. */
const SHORTEST_WORD = 3;
/** Longer words are ignored. */
const LONGEST_WORD = 64;
/** This many letters besides the banned words make a password acceptable. */
const ENOUGH_LETTERS = 4;

/** Lowercase, without accents and compatibility forms. One character may become eighteen. */
export const folded = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function isCommon(text: string): boolean {
  if (/^\d+$/.test(text) || /^(.{1,3})\1+$/su.test(text)) return true;
  const half = text.slice(0, text.length / 2);
  const whole = half + half === text ? [text, half] : [text];
  return whole.some((part) => COMMON.has(part) || stemsOf(part).some(isCommonStem));
}

/** Returns what is left of a text without the symbols, the year or number, and the other characters that people add at its ends. */
function stemsOf(text: string): string[] {
  const start = text.replace(/^[^\p{L}\d]+/u, "");
  const ended = start.replace(/[^\p{L}\d]+$/u, "");
  const withoutYear = ended.replace(/\d{1,4}$/, "").replace(/[^\p{L}\d]+$/u, "");
  const letters = text.replace(/[^\p{L}]+$/u, "");
  const bare = letters.replace(/^[^\p{L}]+/u, "");
  return [ended, withoutYear, letters, bare];
}

const isCommonStem = (stem: string): boolean =>
  readingsOf(stem).some(
    (word) => word.length >= SHORTEST_STEM && (COMMON.has(word) || MORE_COMMON.has(word)),
  );

/** Removes the banned words, at each position the longest that fits, and judges what remains. */
function isMadeOf(text: string, words: readonly BannedWords[]): boolean {
  const isWord = (part: string): boolean => words.some((set) => set.has(part));
  const longest = Math.min(text.length, Math.max(0, ...words.map((set) => set.longest)));
  let rest = "";
  let at = 0;
  while (at < text.length) {
    let length = longest;
    while (length >= SHORTEST_WORD && !isWord(text.slice(at, at + length))) length--;
    if (length < SHORTEST_WORD) rest += text[at++] ?? "";
    else at += length;
  }
  if (rest.length === text.length) return false;
  const letters = rest.replace(/[^\p{L}]/gu, "");
  return letters.length < ENOUGH_LETTERS || isCommon(rest);
}

/** Returns a text as it is, and as the letters that its look-alike characters stand for. */
const readingsOf = (text: string): string[] => [
  text,
  ...[LOOK_ALIKES, LOOK_ALIKES_OF_L].map((letters) =>
    text.replace(/./gu, (character) => letters[character] ?? character),
  ),
];
