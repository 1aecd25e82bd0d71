import { expect } from "chai";
import { newRecoveryCodes, normaliseRecoveryCode } from "../../../../cloud/methods/recovery-codes.ts";

describe("recovery codes", () => {
  it("are ten different codes of 75 bits, without letters that look like digits", () => {
    const codes = newRecoveryCodes();

    expect(new Set(codes).size).to.equal(10);
    for (const code of codes) expect(code).to.match(/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){2}$/);
  });

  for (const typed of ["7q2mx-rt0ab-4kz91", " 7Q2MX RT0AB 4KZ91 ", "7q2mxrtoab4kz9l", "7Q2MX–RTOAB–4KZ9I"])
    it(`are read from ${JSON.stringify(typed)}`, () => {
      expect(normaliseRecoveryCode(typed)).to.equal("7Q2MXRT0AB4KZ91");
    });

  it("can be read from any text without an error", () => {
    expect(normaliseRecoveryCode("")).to.equal("");
    expect(normaliseRecoveryCode("x".repeat(10_000))).to.have.lengthOf(64);
  });
});
