import { expect } from "chai";
import fc from "fast-check";
import { isSameNumber, looksLikeNumber } from "../../../../cloud/reset/typed-number.ts";

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
  ])
    it(`is rejected before any look-up when typed as '${JSON.stringify(typed)}'`, () => {
      expect(looksLikeNumber(typed)).to.equal(false);
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
