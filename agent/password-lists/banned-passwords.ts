/** Recognises the passwords that attackers guess first, which are refused whatever the directory's own rule says. Pure. */

/**
 * Words at the top of attackers' lists. Digits and symbols around a word, and look-alike characters, do not make it
 * acceptable.
 */
const STEMS: ReadonlySet<string> = new Set(
  (
    "password passwort passw0rd motdepasse wachtwoord contrasena senha parola haslo salasana " +
    "welcome willkommen bienvenue welkom hello hallo letmein login admin administrator root user guest test " +
    "changeme default secret temp temporary qwerty qwertyuiop qwertz azerty asdfgh asdfghjkl zxcvbn zxcvbnm " +
    "iloveyou monkey dragon master sunshine princess football baseball superman batman trustno " +
    "spring summer autumn winter printemps automne hiver lente zomer herfst sommer " +
    "january february march april june july august september october november december " +
    "monday tuesday wednesday thursday friday saturday sunday"
  ).split(" "),
);

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

/** Shorter passwords are left to the directory's own rule, which names the length. */
const SHORTEST = 6;

/**
 * Tells whether a password is a common word with only digits and symbols around it (`Welcome2024!`), only digits or repeats, or
 * made of banned words with almost nothing else (`Contoso-Jane-7`). `words`: more banned words, as `bannedWords` returns them.
 */
export function isBanned(password: string, ...words: readonly BannedWords[]): boolean {
  const text = folded(password);
  if (text.length < SHORTEST) return false;
  const forms = new Set([text, withoutLookAlikes(text)]);
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

/** Returns the parts of a user's names, of which a password must not consist. */
export const nameParts = (names: readonly string[]): BannedWords =>
  bannedWords(names.flatMap((name) => [name, ...name.split(/[^\p{L}\p{M}]+/u)]));

/** Shorter words occur in too many others. */
const SHORTEST_WORD = 3;
const LONGEST_WORD = 256;
/** This many letters besides the banned words make a password acceptable. */
const ENOUGH_LETTERS = 4;

const folded = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function isCommon(text: string): boolean {
  if (/^\d+$/.test(text) || /^(.{1,3})\1+$/su.test(text)) return true;
  const ended = text.replace(/[^\p{L}]+$/u, "");
  const bare = ended.replace(/^[^\p{L}]+/u, "");
  return [bare, withoutLookAlikes(bare), withoutLookAlikes(ended)].some((stem) => STEMS.has(stem));
}

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

const withoutLookAlikes = (text: string): string =>
  text.replace(/./gu, (character) => LOOK_ALIKES[character] ?? character);
