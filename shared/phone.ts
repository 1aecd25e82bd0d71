/** Phone numbers: reads usual notations, stores E.164, shows `+32 470123456`, and masks all but the last two digits. */
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

/** ISO 3166 alpha-2 code of the country that a number without a country code belongs to. */
export type PhoneRegion = CountryCode;

const PROBLEM_OF: Readonly<Record<string, PhoneProblem>> = {
  NOT_A_NUMBER: "not_a_number",
  INVALID_COUNTRY: "unknown_country",
  TOO_SHORT: "too_short",
  TOO_LONG: "too_long",
  INVALID_LENGTH: "invalid_for_country",
};

/**
 * Parses a number; `region` applies to numbers without +CC. Extensions are dropped, because no text message reaches
 * one.
 */
export function parsePhone(text: string, region: PhoneRegion): PhoneResult {
  if (text.length > 64) return { ok: false, problem: "too_long" };
  // 00 is read as the international prefix for every region, because administrators nearly everywhere write it that
  // way.
  const plain = text.normalize("NFKC").trim().replace(/^tel:/i, "").replace(/^00/, "+").replace(/\(0\)/g, "");
  try {
    const number = parsePhoneNumberWithError(plain, { defaultCountry: region, extract: false });
    // With the "max" metadata a number is valid exactly when it has a type. isValid() would look the type up again.
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

/** `+32470123456` → `+32 470123456`. */
export function showPhone(e164: string): string {
  const parsed = parsePhoneNumberFromString(e164);
  return parsed === undefined ? e164 : `+${parsed.countryCallingCode} ${parsed.nationalNumber}`;
}

/** `+32470123456` → `+32 *** **56`, for logs and for screens before a proof of identity. */
export function maskPhone(e164: string): string {
  const parsed = parsePhoneNumberFromString(e164);
  return `+${parsed?.countryCallingCode ?? ""} *** **${e164.slice(-2)}`;
}
