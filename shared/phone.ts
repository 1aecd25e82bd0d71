/** Phone numbers: any sane notation in, E.164 inside, `+32 470123456` for people, two digits for strangers. */
import {
  type CountryCode,
  ParseError,
  parsePhoneNumberFromString,
  parsePhoneNumberWithError,
} from "libphonenumber-js/max";
import type { PhoneProblem } from "./user.ts";

export type PhoneResult =
  | { readonly ok: true; readonly e164: string; readonly country: string | null }
  | { readonly ok: false; readonly problem: PhoneProblem };

/** ISO 3166 alpha-2, the country a number without a country code belongs to. */
export type PhoneRegion = CountryCode;

const PROBLEM_OF: Readonly<Record<string, PhoneProblem>> = {
  NOT_A_NUMBER: "not_a_number",
  INVALID_COUNTRY: "unknown_country",
  TOO_SHORT: "too_short",
  TOO_LONG: "too_long",
  INVALID_LENGTH: "invalid_for_country",
};

/** `region` decides for numbers without +CC. Extensions are dropped: nobody texts an extension. */
export function parsePhone(text: string, region: PhoneRegion): PhoneResult {
  if (text.length > 64) return { ok: false, problem: "too_long" };
  // 00 is the international prefix nearly everywhere the directory's admin may sit, whatever the default region says.
  const plain = text.normalize("NFKC").trim().replace(/^tel:/i, "").replace(/^00/, "+").replace(/\(0\)/g, "");
  try {
    const number = parsePhoneNumberWithError(plain, { defaultCountry: region, extract: false });
    // With the "max" metadata a number is valid exactly when it is of some type (isValid() looks the type up once more).
    const type = number.getType();
    if (type === undefined)
      return { ok: false, problem: number.isPossible() ? "invalid_for_country" : "too_short" };
    if (type === "PREMIUM_RATE") return { ok: false, problem: "premium_rate" };
    return { ok: true, e164: number.number, country: number.country ?? null };
  } catch (error) {
    if (error instanceof ParseError)
      return { ok: false, problem: PROBLEM_OF[error.message] ?? "not_a_number" };
    throw error;
  }
}

/** `+32470123456` → `+32 470123456`, the form administrators know from the incumbent. */
export function showPhone(e164: string): string {
  const parsed = parsePhoneNumberFromString(e164);
  return parsed === undefined ? e164 : `+${parsed.countryCallingCode} ${parsed.nationalNumber}`;
}

/** `+32470123456` → `+32 *** **56`: for logs and for people who have proved nothing. */
export function maskPhone(e164: string): string {
  const parsed = parsePhoneNumberFromString(e164);
  return `+${parsed?.countryCallingCode ?? ""} *** **${e164.slice(-2)}`;
}
