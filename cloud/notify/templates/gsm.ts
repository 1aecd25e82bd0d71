/** The GSM 7-bit alphabet (3GPP TS 23.038 6.2.1): 160 characters a text message; one character outside it makes that 70. */
const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** Each takes the room of two. */
const EXTENDED = new Set("^{}\\[~]|€");

export const MAX_GSM_LENGTH = 160;

/** How much room it takes, in characters; null when some character is not in the alphabet. */
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

/** `código` → `codigo`, when that makes the whole text fit the alphabet; otherwise (Greek, Polish names) as it was. */
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
