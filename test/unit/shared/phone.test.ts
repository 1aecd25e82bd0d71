import { expect } from "chai";
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
