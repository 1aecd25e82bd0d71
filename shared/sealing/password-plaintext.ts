/** The plaintext of a seal: one or two passwords, padded. Runs in browsers too. */

/**
 * Longest password that directory protocols accept, in UTF-16 code units ([MS-SAMR] 3.1.1.8.7: 256 with the quotes'
 * limit).
 */
export const MAX_PASSWORD_UNITS = 256;

/** Padded sizes in bytes. They hide the length of a usual password. */
const PADDED = [512, 1024, 2048] as const;

/**
 * Encodes two passwords: a u16 length and UTF-8 for the first, the same for the second ("" for none), then zeros up to
 * a padded size. Passwords are not normalised. The caller must refuse those longer than MAX_PASSWORD_UNITS, and must
 * erase the result after use.
 */
export function encodePasswords(first: string, second = ""): Uint8Array<ArrayBuffer> {
  const utf8 = new TextEncoder();
  const parts = [utf8.encode(first), utf8.encode(second)];
  const size = parts.reduce((sum, part) => sum + 2 + part.length, 0);
  const plaintext = new Uint8Array(PADDED.find((padded) => padded >= size) ?? size);
  const view = new DataView(plaintext.buffer);
  let offset = 0;
  for (const part of parts) {
    view.setUint16(offset, part.length);
    plaintext.set(part, offset + 2);
    offset += 2 + part.length;
    part.fill(0);
  }
  return plaintext;
}

/**
 * Decodes two passwords; the second is null when there was none. Throws for anything that `encodePasswords` did not
 * make.
 */
export function decodePasswords(plaintext: Uint8Array): { first: string; second: string | null } {
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const firstEnd = 2 + view.getUint16(0);
  const secondLength = view.getUint16(firstEnd);
  const secondEnd = firstEnd + 2 + secondLength;
  if (secondEnd > plaintext.length) throw new RangeError("the plaintext is cut short");
  return {
    first: utf8.decode(plaintext.subarray(2, firstEnd)),
    second: secondLength === 0 ? null : utf8.decode(plaintext.subarray(firstEnd + 2, secondEnd)),
  };
}
