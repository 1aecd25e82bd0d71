/** The passwords that are guessed first, refused whatever the directory's own rule says. Pure. */

/** The stems of the lists that attackers begin with; digits and signs around a stem, and look-alike letters, do not save it. */
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

/** A shorter one is the business of the directory's own rule, which names the length. */
const SHORTEST = 6;

/**
 * Is it a common stem with nothing but digits and signs around it (`Welcome2024!`), or digits or repeats alone? Or is it made of
 * banned words, with next to nothing of its own (`Contoso-Jane-7`)? `words`: what else counts here, as `bannedWords` gives it.
 */
export function isBanned(password: string, ...words: readonly BannedWords[]): boolean {
  const text = folded(password);
  if (text.length < SHORTEST) return false;
  const forms = new Set([text, withoutLookAlikes(text)]);
  return isCommon(text) || [...forms].some((form) => isMadeOf(form, words));
}

export interface BannedWords {
  readonly size: number;
  /** Of the longest word, in UTF-16 units. */
  readonly longest: number;
  has(word: string): boolean;
}

/** A tenant's own words, one a line, and a person's names: folded as passwords are before they are compared. */
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

/** The parts of a person's names that a password must not consist of. */
export const nameParts = (names: readonly string[]): BannedWords =>
  bannedWords(names.flatMap((name) => [name, ...name.split(/[^\p{L}\p{M}]+/u)]));

/** Shorter ones are in too many words. */
const SHORTEST_WORD = 3;
const LONGEST_WORD = 256;
/** Letters beside the banned words that make a password one of its own. */
const ENOUGH_LETTERS = 4;

const folded = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function isCommon(text: string): boolean {
  if (/^\d+$/.test(text) || /^(.{1,3})\1+$/su.test(text)) return true;
  const ended = text.replace(/[^\p{L}]+$/u, "");
  const bare = ended.replace(/^[^\p{L}]+/u, "");
  return [bare, withoutLookAlikes(bare), withoutLookAlikes(ended)].some((stem) => STEMS.has(stem));
}

/** Takes the words out, the longest that fits at each place, and looks at what remains. */
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
