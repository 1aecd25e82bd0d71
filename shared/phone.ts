/** Phone numbers: reads usual notations, stores E.164, shows `+32 470123456`, and masks all but the last two digits. */
import { Metadata } from "libphonenumber-js/core";
import {
  type CountryCode,
  getCountryCallingCode,
  getExampleNumber,
  isSupportedCountry,
  ParseError,
  parsePhoneNumberFromString,
  parsePhoneNumberWithError,
  type PhoneNumberType,
  validatePhoneNumberLength,
} from "libphonenumber-js/max";
import numberingPlans from "libphonenumber-js/max/metadata";
import mobileExamples from "libphonenumber-js/mobile/examples";
import { asciiDigits, plainText } from "./typed-text.ts";
import type { PhoneProblem } from "./user.ts";

/** ISO 3166 alpha-2 code of the country that a number without a country code belongs to. */
export type PhoneRegion = CountryCode;

export type PhoneResult =
  | { readonly ok: true; readonly e164: string; readonly country: PhoneRegion }
  | { readonly ok: false; readonly problem: PhoneProblem };

/**
 * Parses a number; `region` applies to numbers without +CC. A text that can be read as two different numbers is
 * refused as `ambiguous`, because a code sent to the wrong one would let a stranger in.
 */
export function parsePhone(text: string, region: PhoneRegion): PhoneResult {
  if (text.length > 64) return refused("too_long");
  if (!isPhoneRegion(region)) return refused("unknown_country");
  const plain = plainNumber(text);
  const readings = textsOf(plain, region).map((candidate) => readCandidate(candidate, region));
  const chosen = choose(
    readings.filter((reading) => reading.ok),
    // A number without plus sign and without any prefix is guessed, and a guess may prefer what people list most.
    /^[1-9]/.test(plain),
  );
  if (chosen === "ambiguous") return refused("ambiguous");
  // Without a valid reading, the first one is the most likely to be what was meant.
  const reading = chosen ?? readings[0];
  if (reading === undefined) return refused("not_a_number");
  if (!reading.ok) return reading;
  const { e164, country, type } = reading;
  const problem = REFUSED_TYPES[type];
  if (problem !== undefined) return refused(problem);
  if (country === null) return refused("no_country");
  // The call would reach the switchboard, and no provider dials the rest. A mobile number has no extensions.
  if (reading.hasExtension && type !== "MOBILE") return refused("extension");
  if (isJoined(reading, region)) return refused("ambiguous");
  return { ok: true, e164, country };
}

/** Whether there is a numbering plan of this country. */
export const isPhoneRegion = (region: string): region is PhoneRegion => isSupportedCountry(region);

const refused = (problem: PhoneProblem): { readonly ok: false; readonly problem: PhoneProblem } => ({
  ok: false,
  problem,
});

/**
 * Types of valid numbers that prove nothing about a user: they cost the tenant money, or are answered by a
 * switchboard or a machine.
 */
const REFUSED_TYPES: Readonly<Partial<Record<PhoneNumberType, PhoneProblem>>> = {
  PREMIUM_RATE: "premium_rate",
  TOLL_FREE: "toll_free",
  VOICEMAIL: "voicemail",
};

// ---- Notation ----------------------------------------------------------------------------------------------------

/** Removes what carries no meaning: what `plainText` removes, the script of digits, `tel:`, and brackets around +CC. */
export const plainNumber = (text: string): string =>
  asciiDigits(plainText(text))
    .replace(/^tel: ?/i, "")
    .replace(/^[([] ?((?:\+|00) ?\d{1,3}) ?[)\]]/, "$1 ");

interface Candidate {
  readonly text: string;
  /**
   * How many of the boundaries that this reading needs (after the international prefix, after the country code) are
   * written as separators.
   */
  readonly boundaries: number;
}

/** Returns every text that `plain` may stand for, the most likely first. libphonenumber reads each of them. */
function textsOf(plain: string, region: PhoneRegion): Candidate[] {
  const candidates: Candidate[] = [];
  const digits = plain.replace(/[^\d]/g, "");
  if (plain.startsWith("+")) candidates.push({ text: plain, boundaries: 0 });
  else if (/^[\d(]/.test(plain)) {
    // 00 is understood everywhere, because administrators nearly everywhere write it that way. The region's own
    // prefix comes first: 0011 in Australia, 001 in Hong Kong, 810 in Russia.
    const { idd, callingCode } = planOf(region);
    // Where the prefix is longer, its start alone is written as well: 001 in Australia is a short 0011, not 00 and 1.
    const isLonger = idd.source.startsWith("^(?:00") && idd.source !== "^(?:00)";
    const common = ["00", ...(isLonger ? ["001"] : [])].filter((prefix) => digits.startsWith(prefix));
    for (const prefix of new Set([...(idd.exec(digits) ?? []).slice(0, 1), ...common]))
      candidates.push(international(plain, prefix.length));
    candidates.push({ text: plain, boundaries: 0 });
    if (digits.startsWith(callingCode)) candidates.push(international(plain, 0));
    // `049 170 1234567`: half of the prefix is missing, or half of the plus sign's replacement.
    if (digits.startsWith(`0${callingCode}`)) candidates.push(international(plain, 1));
  } else candidates.push({ text: plain, boundaries: 0 });
  return candidates.flatMap((candidate) => withAndWithoutZero(candidate));
}

/** Replaces the first `length` digits by a plus sign. */
function international(plain: string, length: number): Candidate {
  const rest = afterDigits(plain, length);
  const text = `+${rest.text}`;
  const callingCode = parsePhoneNumberFromString(text)?.countryCallingCode;
  const isCodeApart = callingCode !== undefined && afterDigits(rest.text, callingCode.length).isApart;
  return { text, boundaries: (rest.isApart ? 1 : 0) + (isCodeApart ? 1 : 0) };
}

function afterDigits(text: string, count: number): { readonly text: string; readonly isApart: boolean } {
  let seen = 0;
  let at = 0;
  while (at < text.length && seen < count) {
    if (/\d/.test(text.charAt(at))) seen += 1;
    at += 1;
  }
  const rest = text.slice(at);
  return { text: rest.replace(/^[^\d(]+/, ""), isApart: count > 0 && /^[^\d]/.test(rest) };
}

/**
 * `(0)` is the prefix of calls within the country, to be left out from abroad, except where the numbers keep their
 * zero (Italy, San Marino, the Vatican, Gabon …): both readings are tried, and the numbering plan decides.
 */
function withAndWithoutZero(candidate: Candidate): Candidate[] {
  if (!candidate.text.includes("(0)")) return [candidate];
  const without = { text: candidate.text.replaceAll("(0)", " "), boundaries: candidate.boundaries };
  return [without, { text: candidate.text.replace("(0)", "0"), boundaries: candidate.boundaries }];
}

// ---- Numbering plans ---------------------------------------------------------------------------------------------

interface Plan {
  readonly callingCode: string;
  /** Matches the region's international prefixes at the start of the digits. */
  readonly idd: RegExp;
}
const plans = new Map<PhoneRegion, Plan>();

function planOf(region: PhoneRegion): Plan {
  const known = plans.get(region);
  if (known !== undefined) return known;
  const metadata = new Metadata(numberingPlans);
  metadata.selectNumberingPlan(region);
  const { numberingPlan } = metadata;
  if (numberingPlan === undefined) throw new RangeError(`no numbering plan of ${region}`);
  const idd = new RegExp(`^(?:${numberingPlan.IDDPrefix()})`);
  const plan = { callingCode: getCountryCallingCode(region), idd };
  plans.set(region, plan);
  return plan;
}

interface Usable {
  readonly ok: true;
  readonly e164: string;
  /** Null for a number of no country: satellite phones, international networks. */
  readonly country: PhoneRegion | null;
  readonly type: PhoneNumberType;
  readonly hasExtension: boolean;
  readonly candidate: Candidate;
}
type Reading = Usable | { readonly ok: false; readonly problem: PhoneProblem };

const PROBLEM_OF: Readonly<Record<string, PhoneProblem>> = {
  NOT_A_NUMBER: "not_a_number",
  INVALID_COUNTRY: "unknown_country",
  TOO_SHORT: "too_short",
  TOO_LONG: "too_long",
  INVALID_LENGTH: "invalid_for_country",
};

function readCandidate(candidate: Candidate, region: PhoneRegion): Reading {
  try {
    const number = parsePhoneNumberWithError(candidate.text, { defaultCountry: region, extract: false });
    // With the "max" metadata a number is valid exactly when it has a type. isValid() would look the type up again.
    const type = number.getType();
    if (type === undefined) {
      const current = withoutOldPrefix(number.number);
      if (current !== null) return readCandidate({ text: current, boundaries: candidate.boundaries }, region);
      const length = validatePhoneNumberLength(number.number);
      return refused(
        length === undefined ? "invalid_for_country" : (PROBLEM_OF[length] ?? "invalid_for_country"),
      );
    }
    return {
      ok: true,
      e164: number.number,
      country: number.country ?? null,
      type,
      hasExtension: number.ext !== undefined,
      candidate,
    };
  } catch (error) {
    if (error instanceof ParseError) return refused(PROBLEM_OF[error.message] ?? "not_a_number");
    throw error;
  }
}

/** Until 2019 calls to mobile phones in Mexico needed a 1 after +52, and contacts still have it. */
const withoutOldPrefix = (e164: string): string | null =>
  /^\+521\d{10}$/.test(e164) ? e164.replace("+521", "+52") : null;

/**
 * Chooses among the valid readings of one text. Written separators decide first. `491701234567` in Germany is either
 * a mobile number without its plus sign or a number of the town with the area code 0491: with `preferMobile` the
 * mobile number is meant.
 */
function choose(usable: readonly Usable[], preferMobile: boolean): Usable | "ambiguous" | undefined {
  const distinct = usable.filter(
    (reading, index) => usable.findIndex(({ e164 }) => e164 === reading.e164) === index,
  );
  if (distinct.length < 2) return distinct[0];
  const most = Math.max(...distinct.map(({ candidate }) => candidate.boundaries));
  const best = distinct.filter(({ candidate }) => candidate.boundaries === most);
  if (best.length === 1) return best[0];
  const [mobile, ...more] = best.filter(({ type }) => type === "MOBILE" || type === "FIXED_LINE_OR_MOBILE");
  return preferMobile && mobile?.type === "MOBILE" && more.length === 0 ? mobile : "ambiguous";
}

// ---- Two numbers in one text -------------------------------------------------------------------------------------

/** Separates alternatives: `089/12345-67/68` is one number and the end of another. */
const ALTERNATIVE = /^(.*\d[^\d]*)[/\\,;|&](?:[^\d]*)\d+[^\d]*$/;
/** A short last group, which a spreadsheet (`.0`) or the end of a second number (`1234567-8`, `1234567 (8)`) leaves. */
const SHORT_END = /^(.*?(\d+)\)?)([^\d]+)(\d{1,3})[^\d]*$/;
/** What stands between the groups of one number. */
const USUAL_SEPARATORS: readonly string[] = ["", ".", "-"];

/**
 * Tells whether the end of the text may be the end of a second number. In a country with numbers of several lengths
 * the digits before it are a number as well, and all digits together are the number of a stranger.
 */
function isJoined({ candidate, type, e164 }: Usable, region: PhoneRegion): boolean {
  const text = candidate.text.replace(/ *[a-z#].*$/i, "");
  const isNumber = (part: string): boolean => {
    const reading = readCandidate({ text: part, boundaries: 0 }, region);
    return reading.ok && reading.e164 !== e164;
  };
  const before = ALTERNATIVE.exec(text)?.[1];
  if (before !== undefined && isNumber(before)) return true;

  const [, head, group = "", separator, end = ""] = SHORT_END.exec(text) ?? [];
  if (head === undefined) return false;
  const isWhole = group.length >= 6;
  const between = separator?.trim() ?? "";
  if (between === "." && isWhole && /^0+$/.test(end)) return true;
  // DIN 5008 and its like write the extension of a direct line behind a hyphen: 089 12345-67.
  if (between === "-" && type === "FIXED_LINE") return false;
  return (isWhole || end.length === 1 || !USUAL_SEPARATORS.includes(between)) && isNumber(head);
}

// ---- Showing -----------------------------------------------------------------------------------------------------

/** `+32470123456` → `+32 470123456`. */
export function showPhone(e164: string): string {
  const parsed = parsePhoneNumberFromString(e164);
  return parsed === undefined ? e164 : `+${parsed.countryCallingCode} ${parsed.nationalNumber}`;
}

/** Returns a mobile number of a region as people write it there and abroad, such as `0470 12 34 56` and `+32 470 12 34 56`. */
export function exampleNumber(region: PhoneRegion): {
  readonly national: string;
  readonly international: string;
} {
  const example = getExampleNumber(region, mobileExamples);
  return {
    national: example?.formatNational() ?? "",
    international: example?.formatInternational() ?? "",
  };
}

/** `+32470123456` → `+32 *** **56`, for logs and for screens before a proof of identity. */
export function maskPhone(e164: string): string {
  const parsed = parsePhoneNumberFromString(e164);
  return `+${parsed?.countryCallingCode ?? ""} *** **${e164.slice(-2)}`;
}
