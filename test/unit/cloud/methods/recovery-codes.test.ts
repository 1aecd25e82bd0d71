import { expect } from "chai";
import { newRecoveryCodes, readRecoveryCode } from "../../../../cloud/methods/recovery-codes.ts";

describe("recovery codes", () => {
  it("are ten different codes of 75 bits, without letters that look like digits", () => {
    const codes = newRecoveryCodes();

    expect(new Set(codes).size).to.equal(10);
    for (const code of codes) expect(code).to.match(/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){2}$/);
  });

  for (const typed of [
    "7q2mx-rt0ab-4kz91",
    " 7Q2MX RT0AB 4KZ91 ",
    "7q2mxrtoab4kz9l",
    "7Q2MX–RTOAB–4KZ9I",
    "7Q2MX\u200b-RT0AB\u00a0-\u2060 4KZ91\u202c",
    "７Ｑ２ＭＸ－ＲＴ０ＡＢ－４ＫＺ９１",
    "3. 7Q2MX-RT0AB-4KZ91",
    "One of these codes: 7Q2MX-RT0AB-4KZ91, please.",
    "7Q2MX · RT0AB · 4KZ91",
    "7Q2MX-RT0AB-4KZ91\r\n7q2mx rt0ab 4kz91",
  ])
    it(`are read from ${JSON.stringify(typed)}`, () => {
      expect(readRecoveryCode(typed)).to.equal("7Q2MXRT0AB4KZ91");
    });

  for (const typed of [
    "",
    "7Q2MX-RT0AB",
    "7Q2MX-RT0AB-4KZ9U",
    "7Q2MX-RT0AB-4KZ91 9Q2MX-RT0AB-4KZ91",
    "x".repeat(10_000),
  ])
    it(`are not guessed from ${JSON.stringify(typed.slice(0, 40))}`, () => {
      expect(readRecoveryCode(typed)).to.equal(null);
    });

  it("are read as they were made, however they are copied", () => {
    for (const code of newRecoveryCodes())
      for (const copied of [code, code.toLowerCase(), code.replaceAll("-", ""), `Code: ${code}.`])
        expect(readRecoveryCode(copied)).to.equal(code.replaceAll("-", ""));
  });
});
