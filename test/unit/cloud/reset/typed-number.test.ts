import { expect } from "chai";
import fc from "fast-check";
import { isSameNumber, looksLikeNumber, typedAsE164 } from "../../../../cloud/reset/typed-number.ts";
import { parsePhone } from "../../../../shared/phone.ts";

describe("reset: the phone number that a visitor types", () => {
  for (const typed of [
    "+32470123456",
    "+32 470 12 34 56",
    "+32 (0)470 12.34.56",
    "0032470123456",
    "0470/12.34.56",
    "0470 12 34 56",
    "32470123456",
    "+32‑470‑123456",
    "０４７０１２３４５６",
    " +32470123456 ",
    "\u202a+32 470 12 34 56\u202c",
    "\u200e+32\u00a0470\u00a012\u00a034\u00a056",
    "tel:+32470123456",
    "TEL: +32-470-12-34-56",
    "(+32) 470 12 34 56",
    "(0032) 470/12.34.56",
    "+32 470 12 34 56 ext. 3",
    "+32 470 12 34 56;ext=3",
    "0470 12 34 56 x3",
    "٠٤٧٠١٢٣٤٥٦",
    "+۳۲ ۴۷۰ ۱۲ ۳۴ ۵۶",
  ])
    it(`is the same as +32470123456 when typed as '${typed}'`, () => {
      expect(looksLikeNumber(typed)).to.equal(true);
      expect(isSameNumber(typed, "+32470123456", "US")).to.equal(true);
    });

  for (const typed of ["+32470123457", "470123", "+3247012345", "+1 470 123 456", "+324701234567"])
    it(`is a different number when typed as '${typed}'`, () => {
      expect(isSameNumber(typed, "+32470123456", "BE")).to.equal(false);
    });

  it("may be typed in the notation of the tenant's country", () => {
    expect(isSameNumber("(212) 555-0199", "+12125550199", "US")).to.equal(true);
  });

  for (const typed of [
    "",
    "12",
    "my number",
    "+32470123456; rm",
    "1".repeat(21),
    "<b>0470123456</b>",
    "0470\r\n123456",
    "0470 12 34 56 ext. none",
    "tel:",
  ])
    it(`is rejected before any look-up when typed as '${JSON.stringify(typed)}'`, () => {
      expect(looksLikeNumber(typed)).to.equal(false);
    });

  it("is read as the sync reads it, whatever comes along with a copied number", () => {
    const marks = fc.constantFrom("", "\u200e", "\u202a", "\u2066", "\u200b", "\ufeff", "\u00ad");
    const spaces = fc.constantFrom("", " ", "\u00a0", "\u2009", "\u202f", "-", "\u2011", "\u2013", ".");
    fc.assert(
      fc.property(
        fc.constantFrom("", "tel:", "tel: ", "\u202atel:"),
        fc.array(fc.tuple(marks, spaces), { minLength: 9, maxLength: 9 }),
        fc.constantFrom(0x30, 0x660, 0x6f0, 0x966, 0xff10),
        (start, between, zero) => {
          const digits = Array.from("470123456", (digit, at) => {
            const [mark = "", space = ""] = between[at] ?? [];
            return `${mark}${space}${String.fromCodePoint(zero + Number(digit))}`;
          });
          const typed = `${start}+32${digits.join("")}`.slice(0, 64);
          expect(looksLikeNumber(typed)).to.equal(true);
          expect(isSameNumber(typed, "+32470123456", "US")).to.equal(true);
          expect(typedAsE164(typed, "US")).to.equal("+32470123456");
          expect(parsePhone(typed, "US")).to.include({ ok: true, e164: "+32470123456" });
        },
      ),
    );
  });

  it("never throws, whatever is typed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (typed) => {
        looksLikeNumber(typed);
        expect(isSameNumber(typed.slice(0, 64), "+32470123456", "ZZ")).to.equal(false);
        expect(isSameNumber(`1${typed.slice(0, 63)}`, "+32470123456", "ZZ")).to.equal(false);
      }),
    );
  });
});
