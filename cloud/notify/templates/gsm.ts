/** The GSM 7-bit alphabet (3GPP TS 23.038 6.2.1): a text message holds 160 of its characters, or 70 if any is outside it. */
const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** Each counts as two characters. */
const EXTENDED = new Set("^{}\\[~]|€");

export const MAX_GSM_LENGTH = 160;

/** Length in GSM characters, or null when a character is outside the alphabet. */
export function gsmLength(text: string): number | null {
  let length = 0;
  for (const character of text) {
    if (BASIC.has(character)) length += 1;
    else if (EXTENDED.has(character)) length += 2;
    else return null;
  }
  return length;
}

const PLAIN: Readonly<Record<string, string>> = {
  "’": "'",
  "‘": "'",
  "“": '"',
  "”": '"',
  "–": "-",
  "—": "-",
  "…": "...",
};

/** Turns `código` into `codigo` if the whole text then fits the alphabet; else (Greek, Polish names) changes nothing. */
export function toGsm(text: string): string {
  const plain = Array.from(text.normalize("NFC"))
    .map((character) => {
      if (BASIC.has(character) || EXTENDED.has(character)) return character;
      const base = PLAIN[character] ?? character.normalize("NFKD").replace(/\p{M}/gu, "");
      return base === "" ? character : base;
    })
    .join("");
  return gsmLength(plain) === null ? text : plain;
}
