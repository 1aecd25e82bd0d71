/**
 * Reads text as people type and paste it. The portals, the API and the sync share this reading, so that what is typed and what
 * the directory holds are compared in one form. Pure.
 */

/** Characters that nobody sees (Unicode category Cf, and those that are drawn as nothing). They come along with copied text. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Longest text that a form takes for a code: a whole message may be pasted into the field. */
export const MAX_PASTED_LENGTH = 512;

export const withoutInvisible = (text: string): string => text.replace(INVISIBLE, "").trim();

/** Removes what carries no meaning: invisible characters, width, kinds of dashes and spaces, spaces at both ends. */
export const plainText = (text: string): string =>
  text
    .normalize("NFKC")
    .replace(INVISIBLE, "")
    .replace(/\p{Dash}/gu, "-")
    .replace(/\s+/g, " ")
    .trim()
    // A letter and its accent may have been apart until now.
    .normalize("NFKC");

/**
 * Folds the case of a text. The Greek final sigma is the same letter, and has no upper case of its own. The Turkish İ is an i to a
 * directory. Some lowercase letters exist in composed form only (ǰ), so the text is normalised again.
 */
export const foldCase = (text: string): string =>
  text.normalize("NFKC").toLowerCase().replaceAll("i\u0307", "i").replaceAll("ς", "σ").normalize("NFKC");

/** Writes the digits of every script as 0 to 9. */
export const asciiDigits = (text: string): string => text.replace(/\p{Nd}/gu, asciiDigit);

/** Unicode assigns the ten digits of a script in ascending order, and no two such blocks touch after NFKC. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  if (code < 0x80) return digit;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value);
}

/** A run of digits that could be a code, not within a word. One-time codes have 6 to 10 digits. */
const RUNS = /(?<![a-z\d])\d{6,10}(?![a-z\d])/gi;
/** Groups of digits with separators between them: spaces, dashes, dots, commas. A bracket or a colon ends the code. */
const GROUPS = /(?<![a-z\d])\d+(?:[^a-z\d()[\]:;!?]{1,3}\d+)*(?![a-z\d])/gi;

/**
 * Finds the one code in what was typed or pasted: digits in groups, or a whole message. Null for a text without a code, or with
 * several: it is no guess.
 */
export function readCode(typed: string): string | null {
  if (typed.length > MAX_PASTED_LENGTH) return null;
  const text = asciiDigits(plainText(typed));
  const runs = distinct(text.match(RUNS) ?? []);
  if (runs.length > 0) return only(runs);
  const groups = (text.match(GROUPS) ?? []).map((group) => group.replace(/\D/g, ""));
  return only(distinct(groups).filter((digits) => digits.length >= 6 && digits.length <= 10));
}

export const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];
/** Returns the only item; null when there is none, or more than one. */
export const only = (texts: readonly string[]): string | null =>
  texts.length === 1 ? (texts[0] ?? null) : null;
