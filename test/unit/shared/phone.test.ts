import { expect } from "chai";
import fc from "fast-check";
import {
  type CountryCode,
  getCountries,
  getExampleNumber,
  type PhoneNumber,
  validatePhoneNumberLength,
} from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples";
import { maskPhone, parsePhone, showPhone } from "../../../shared/phone.ts";

describe("phone", () => {
  for (const [written, region, e164] of [
    ["+32 470 12 34 56", "BE", "+32470123456"],
    ["+32470123456", "US", "+32470123456"],
    ["0470/12.34.56", "BE", "+32470123456"],
    ["0032 470 123456", "BE", "+32470123456"],
    ["0032 470 123456", "US", "+32470123456"],
    ["+32 (0)470 12 34 56", "BE", "+32470123456"],
    ["(470) 123456", "BE", "+32470123456"],
    ["tel:+32470123456", "BE", "+32470123456"],
    ["+44 20 7946 0958", "BE", "+442079460958"],
    ["020 7946 0958", "GB", "+442079460958"],
    ["+1 (415) 555-2671", "BE", "+14155552671"],
    ["+1 242 322 1234", "BE", "+12423221234"],
    ["＋３２ ４７０ １２３４５６", "BE", "+32470123456"],
    ["+32\u00a0470\u200912\u200934\u200956", "BE", "+32470123456"],
    ["+32 470 12 34 56 ext. 7", "BE", "+32470123456"],
  ] as const) {
    it(`reads ${JSON.stringify(written)} with region ${region} as ${e164}`, () => {
      expect(parsePhone(written, region)).to.include({ ok: true, e164 });
    });
  }

  const kinds: Readonly<Record<string, readonly (readonly [string, CountryCode, string])[]>> = {
    "a short end that may belong to a second number": [
      ["+49 170 1234567/8", "BE", "ambiguous"],
      ["0162/2897306/7", "DE", "ambiguous"],
      ["0162 2897306 7", "DE", "ambiguous"],
      ["+49-170-1234567-8", "DE", "ambiguous"],
      ["089/12345-67/68", "DE", "ambiguous"],
      ["0711/123456/20", "DE", "ambiguous"],
    ],
    "groups that are one number, although the last one is short": [
      ["089/12345-67", "DE", "+49891234567"],
      ["089/12345-0", "DE", "+4989123450"],
      ["0176 12 34 56 78", "DE", "+4917612345678"],
      ["0176 123 456 78", "DE", "+4917612345678"],
      ["0664 123 45 67", "AT", "+436641234567"],
      ["0470/12/34/56", "BE", "+32470123456"],
      ["+46 8 123 456 78", "BE", "+46812345678"],
      ["+64 21 123 45 67", "BE", "+64211234567"],
    ],
    "what a spreadsheet made of a number": [
      ["01701234567.0", "DE", "ambiguous"],
      ["491622897306.0", "DE", "ambiguous"],
      ["415555267.0", "US", "ambiguous"],
      ["470123456.0", "BE", "too_long"],
      ["4.91622897E+11", "DE", "not_a_number"],
      ["0162 2897306 (7)", "DE", "ambiguous"],
      ["0162 2897306 [7]", "DE", "ambiguous"],
      ["0162 2897306--7", "DE", "ambiguous"],
      ["0162 2897306...7", "DE", "ambiguous"],
      ["+43 664 1234567 (89)", "AT", "ambiguous"],
      ["(0664) 1234567 (8)", "AT", "ambiguous"],
      ["+358 40 1234567 (8)", "FI", "ambiguous"],
      ["(0470) 12 (34) (56)", "BE", "+32470123456"],
    ],
    "a country code without plus sign": [
      ["491701234567", "DE", "+491701234567"],
      ["491622897306", "DE", "+491622897306"],
      ["49 89 123456", "DE", "+4989123456"],
      ["32470123456", "BE", "+32470123456"],
      ["1 415 555 2671", "US", "+14155552671"],
      ["049 170 1234567", "DE", "+491701234567"],
      ["032 470 12 34 56", "BE", "+32470123456"],
      ["0491 7012345", "DE", "+494917012345"],
    ],
    "the region's own international prefix": [
      ["0011 47 92 34 56 78", "AU", "+4792345678"],
      ["001 47 92 34 56 78", "HK", "+4792345678"],
      ["001 47 92 34 56 78", "SG", "+4792345678"],
      ["001 47 92 34 56 78", "AU", "+4792345678"],
      ["011 32 470 12 34 56", "US", "+32470123456"],
      ["010 32 470 12 34 56", "JP", "+32470123456"],
      ["810 32 470 12 34 56", "RU", "+32470123456"],
      ["8~10 32 470 12 34 56", "RU", "+32470123456"],
      ["00 32 470 12 34 56", "RU", "+32470123456"],
      ["0049 170 1234567", "HK", "+491701234567"],
      ["00 1 479 234 5678", "HK", "+14792345678"],
      ["0014792345678", "HK", "ambiguous"],
    ],
    "brackets around the country code": [
      ["(+32) 470 12 34 56", "US", "+32470123456"],
      ["[+32] 470 12 34 56", "US", "+32470123456"],
      ["(0032) 470 12 34 56", "US", "+32470123456"],
      ["+(32) 470 12 34 56", "US", "+32470123456"],
    ],
    "a zero in brackets, which some countries keep": [
      ["+39 (0)6 6982 1234", "BE", "+390669821234"],
      ["(0)6 6982 1234", "IT", "+390669821234"],
      ["+378 (0)549 886377", "BE", "+3780549886377"],
      ["+225 (0)7 07 12 34 56", "BE", "+2250707123456"],
      ["+39 (0)333 123 4567", "BE", "+393331234567"],
      ["+39 (0)35 1234567", "BE", "ambiguous"],
      ["+44 (0)20 7946 0958", "BE", "+442079460958"],
      ["+36 (0)20 123 4567", "BE", "+36201234567"],
      ["+1 (0)415 555 2671", "BE", "+14155552671"],
      ["(0)470 12 34 56", "BE", "+32470123456"],
    ],
    "a length that the country does not have": [
      ["+32 470 12 34 567", "BE", "too_long"],
      ["+32 470 12 3", "BE", "too_short"],
      ["0032 470 12 34 567", "BE", "too_long"],
      ["+1 415 555 26711", "BE", "too_long"],
      ["+32 470 12 34 56 / +32 470 12 34 57", "BE", "not_a_number"],
    ],
    "invisible characters": [
      ["\u200b+32470123456", "BE", "+32470123456"],
      ["+32\u00ad470\u2060123456\ufeff", "BE", "+32470123456"],
      ["\u202a+32 470 12 34 56\u202c", "BE", "+32470123456"],
    ],
    "a digit that a country has dropped since": [
      ["+52 1 55 1234 5678", "BE", "+525512345678"],
      ["5215512345678", "MX", "+525512345678"],
      ["+54 9 11 1234 5678", "BE", "+5491112345678"],
    ],
    "digits of other scripts": [
      ["+३२ ४७० १२ ३४ ५६", "BE", "+32470123456"],
      ["+٣٢ ٤٧٠ ١٢ ٣٤ ٥٦", "BE", "+32470123456"],
      ["+۳۲ ۴۷۰ ۱۲ ۳۴ ۵۶", "BE", "+32470123456"],
      ["+๓๒๔๗๐๑๒๓๔๕๖", "BE", "+32470123456"],
      ["+𝟑𝟐𝟒𝟕𝟎𝟏𝟐𝟑𝟒𝟓𝟔", "BE", "+32470123456"],
    ],
    "the scheme of a link": [
      ["tel: +32470123456", "BE", "+32470123456"],
      ["TEL:+32-470-12-34-56", "BE", "+32470123456"],
    ],
    "numbers that reach a switchboard, a machine or no country": [
      ["+32 2 555 12 12 ext. 7", "BE", "extension"],
      ["+32 2 555 12 12 x7", "BE", "extension"],
      ["+1 800 555 0199", "US", "toll_free"],
      ["+800 1234 5678", "BE", "toll_free"],
      ["+870 773 123 456", "BE", "no_country"],
      ["+881 6 123 45678", "BE", "no_country"],
    ],
  };
  for (const [kind, cases] of Object.entries(kinds))
    describe(`reads ${kind}:`, () => {
      for (const [written, region, expected] of cases)
        it(`${JSON.stringify(written)} in ${region} is ${expected}`, () => {
          const phone = parsePhone(written, region);

          expect(phone.ok ? phone.e164 : phone.problem).to.equal(expected);
        });
    });

  const mobiles = getCountries().flatMap((region) => getExampleNumber(region, examples) ?? []);
  const notations: readonly ((number: PhoneNumber) => string)[] = [
    (number) => number.number,
    (number) => number.formatInternational(),
    (number) => number.formatNational(),
    (number) => number.format("RFC3966"),
    (number) => number.formatInternational().replaceAll(" ", "-"),
    (number) => number.formatInternational().replaceAll(" ", "."),
    (number) => number.number.replace("+", "00"),
    (number) => number.number.replace(/^\+(\d+)$/, (_, digits: string) => `00 ${digits}`),
    (number) => number.formatInternational().replace(/^(\+\d+)/, "($1)"),
  ];

  it("reads an example of every country in every notation, or refuses it as ambiguous", () => {
    const wrong: string[] = [];
    let ambiguous = 0;
    for (const number of mobiles)
      for (const notation of notations) {
        const written = notation(number);
        const read = parsePhone(written, number.country ?? "US");
        if (!read.ok && read.problem === "ambiguous") ambiguous += 1;
        else if (!read.ok || read.e164 !== number.number)
          wrong.push(`${written} (${String(number.country)}): ${JSON.stringify(read)}`);
      }
    expect(wrong).to.deep.equal([]);
    expect(mobiles).to.have.length.above(200);
    expect(ambiguous).to.be.below(mobiles.length * 0.05);
  });

  it("refuses every number where the region is no country", () => {
    for (const text of ["0470 12 34 56", "+32 470 12 34 56", "¼"])
      expect(parsePhone(text, "ZZ" as "BE")).to.include({ ok: false, problem: "unknown_country" });
  });

  it("does not change a number by noise in its notation", () => {
    const noise = fc.constantFrom(" ", "\u00a0", "\u200b", "\u00ad", "\u202c", "\u2009");
    fc.assert(
      fc.property(
        fc.constantFrom(...mobiles),
        fc.array(noise, { maxLength: 6 }),
        fc.nat(),
        (number, marks, at) => {
          const digits = number.number.split("");
          // Never before the last three digits: a short group at the end may be the end of a second number.
          marks.forEach((mark, index) => digits.splice(1 + ((at + index) % (digits.length - 4)), 0, mark));

          expect(parsePhone(digits.join(""), "BE")).to.include({ ok: true, e164: number.number });
        },
      ),
      { numRuns: 500 },
    );
  });

  it("gives no number of a length that its country does not have", () => {
    const written = fc.stringMatching(/^(\+|00|0|)[1-9][0-9 ()/.-]{4,18}[0-9]$/);
    fc.assert(
      fc.property(written, fc.constantFrom(...getCountries()), (text, region) => {
        const phone = parsePhone(text, region);
        if (!phone.ok) return;
        expect(validatePhoneNumberLength(phone.e164)).to.equal(undefined);
        expect(parsePhone(phone.e164, "US")).to.deep.equal(phone);
      }),
      { numRuns: 3000 },
    );
  });

  for (const [written, region, problem] of [
    ["", "BE", "not_a_number"],
    ["reception", "BE", "not_a_number"],
    ["12", "BE", "too_short"],
    ["+32 470 12 34 56 78 90 12 34 56", "BE", "too_long"],
    ["1".repeat(5000), "BE", "too_long"],
    ["+999 12345678", "BE", "unknown_country"],
    ["+32 900 12 345", "BE", "premium_rate"],
    ["📞📞📞", "BE", "not_a_number"],
  ] as const) {
    it(`refuses ${JSON.stringify(written.slice(0, 24))} as ${problem}`, () => {
      expect(parsePhone(written, region)).to.deep.equal({ ok: false, problem });
    });
  }

  it("shows a number with its country code apart", () => {
    expect(showPhone("+32470123456")).to.equal("+32 470123456");
  });

  it("masks all but the country code and the last two digits", () => {
    expect(maskPhone("+32470123456")).to.equal("+32 *** **56");
  });
});
