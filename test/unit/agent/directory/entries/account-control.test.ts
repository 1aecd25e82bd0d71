import { expect } from "chai";
import type { EnabledState } from "../../../../../agent/directory/directory.ts";
import {
  parseAccountControl,
  parseComputedControl,
} from "../../../../../agent/directory/entries/account-control.ts";

describe("userAccountControl", () => {
  const cases: readonly (readonly [string | undefined, EnabledState, boolean])[] = [
    ["512", true, false],
    ["514", false, false],
    ["66048", true, true],
    ["66050", false, true],
    // NORMAL_ACCOUNT with the stored lockout bit that Active Directory never sets
    ["528", true, false],
    [undefined, "not_shown", false],
    ["", "unreadable", false],
    ["x", "unreadable", false],
    ["0x200", "unreadable", false],
  ];
  for (const [text, enabled, passwordNeverExpires] of cases)
    it(`reads ${text ?? "nothing"}`, () => {
      expect(parseAccountControl(text)).to.deep.equal({ enabled, passwordNeverExpires });
    });

  it("finds lockout and expiry in the computed attribute", () => {
    expect(parseComputedControl("0")).to.deep.equal({ locked: false, passwordExpired: false });
    expect(parseComputedControl("16")).to.deep.equal({ locked: true, passwordExpired: false });
    expect(parseComputedControl("8388624")).to.deep.equal({ locked: true, passwordExpired: true });
    expect(parseComputedControl(undefined)).to.equal(null);
  });
});
