import { expect } from "chai";
import {
  parseAccountControl,
  parseComputedControl,
} from "../../../../../agent/directory/passwords/account-control.ts";

describe("userAccountControl", () => {
  const cases: readonly (readonly [string | undefined, boolean, boolean])[] = [
    ["512", false, false],
    ["514", true, false],
    ["66048", false, true],
    ["66050", true, true],
    // NORMAL_ACCOUNT with the stored lockout bit that Active Directory never sets
    ["528", false, false],
  ];
  for (const [text, disabled, passwordNeverExpires] of cases)
    it(`reads ${text ?? "nothing"}`, () => {
      expect(parseAccountControl(text)).to.deep.equal({ disabled, passwordNeverExpires });
    });

  for (const text of [undefined, "", "x", "0x200"])
    it(`takes an account for disabled when it says ${text ?? "nothing"}`, () => {
      expect(parseAccountControl(text).disabled).to.equal(true);
    });

  it("finds lockout and expiry in the computed attribute", () => {
    expect(parseComputedControl("0")).to.deep.equal({ locked: false, passwordExpired: false });
    expect(parseComputedControl("16")).to.deep.equal({ locked: true, passwordExpired: false });
    expect(parseComputedControl("8388624")).to.deep.equal({ locked: true, passwordExpired: true });
    expect(parseComputedControl(undefined)).to.equal(null);
  });
});
