/**
 * Turns the bytes of a directory value into text that is safe to keep: strict UTF-8, no control characters, one kind of
 * space. Pure.
 */

export type TextProblem = "too_long" | "not_utf8" | "control" | "direction";
export type TextResult =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: TextProblem };

export interface TextOptions {
  /** Counted in UTF-16 code units of the result. */
  readonly maxLength: number;
  /**
   * Left-to-right and right-to-left marks, overrides and isolates (Unicode UAX 9): harmless in prose, a trick in a name.
   */
  readonly directionMarks: "remove" | "refuse";
}

const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LINE_SPACE = /[\t\n\r\u00a0\u2028\u2029 ]+/g;

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The result may be the empty text: the value holds nothing. */
export function readText(value: Buffer, { maxLength, directionMarks }: TextOptions): TextResult {
  // A unit takes 3 bytes at most; the fourth leaves room for marks that are removed. Huge values are not even decoded.
  if (value.length > maxLength * 4) return { ok: false, problem: "too_long" };
  let decoded: string;
  try {
    decoded = utf8.decode(value);
  } catch {
    return { ok: false, problem: "not_utf8" };
  }
  const unmarked = decoded.replace(DIRECTION_MARKS, "");
  if (directionMarks === "refuse" && unmarked !== decoded) return { ok: false, problem: "direction" };
  const text = unmarked.replace(LINE_SPACE, " ").trim().normalize("NFC");
  if (CONTROL.test(text)) return { ok: false, problem: "control" };
  if (text.length > maxLength) return { ok: false, problem: "too_long" };
  return { ok: true, text };
}
