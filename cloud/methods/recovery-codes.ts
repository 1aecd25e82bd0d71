/** Recovery codes to print or save: ten at a time, each valid for one proof. */
import { randomInt } from "node:crypto";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import { asciiDigits, distinct, MAX_PASTED_LENGTH, only, plainText } from "../../shared/typed-text.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";

export const RECOVERY_CODES = 10;
const GROUPS = 3;
const GROUP_LENGTH = 5;
/** Crockford's alphabet, without the confusable I, L, O and U. 15 characters are 75 bits. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** For example `7Q2MX-RT0AB-4KZ9W`. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: RECOVERY_CODES }, () =>
    Array.from({ length: GROUPS }, () =>
      Array.from({ length: GROUP_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join(""),
    ).join("-"),
  );

const GROUP = `[${ALPHABET}OIL]{${GROUP_LENGTH}}`;
const grouped = (separator: string): RegExp =>
  new RegExp(`(?<![0-9A-Z])${Array(GROUPS).fill(GROUP).join(separator)}(?![0-9A-Z])`, "g");
/** In one piece or with the dashes that it is printed with; otherwise with anything between the groups. */
const FORMS = [grouped("-?"), grouped("[^0-9A-Z]{1,3}")];
const WHOLE = new RegExp(`^[${ALPHABET}]{${GROUPS * GROUP_LENGTH}}$`);

/**
 * Finds the one code in what was typed or pasted: any case, with or without dashes and spaces, O for 0, I and L for 1, a line of
 * the saved file. Null for a text without a code, or with several: it is no guess.
 */
export function readRecoveryCode(typed: string): string | null {
  if (typed.length > MAX_PASTED_LENGTH) return null;
  const text = asciiDigits(plainText(typed)).toUpperCase();
  const codeOf = (part: string): string =>
    part
      .replace(/[^0-9A-Z]/g, "")
      .replaceAll("O", "0")
      .replace(/[IL]/g, "1");
  const whole = codeOf(text);
  if (WHOLE.test(whole)) return whole;
  const found = FORMS.map((form) => distinct((text.match(form) ?? []).map(codeOf)));
  return only(found.find((codes) => codes.length > 0) ?? []);
}

/** `code`: as typed. A text without a code has a digest that no code has. */
export const recoveryCodeDigest = (
  portalKeys: Pick<PortalKeys, "digest">,
  tenantId: string,
  userId: string,
  code: string,
): string =>
  toBase64url(
    portalKeys.digest("registration/recovery-code", [tenantId, userId, readRecoveryCode(code) ?? ""]),
  );
