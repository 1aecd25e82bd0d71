import { expect } from "chai";
import {
  containsName,
  countKinds,
  explainRefusal,
  type RefusedPassword,
} from "../../../../../agent/directory/passwords/password-rule-check.ts";
import type { PasswordRule } from "../../../../../shared/writeback.ts";

const NOW = Date.UTC(2026, 0, 10);
const DAY_SECONDS = 86_400;
const RULE: PasswordRule = {
  minLength: 10,
  historyLength: 5,
  complexity: true,
  minAgeSeconds: DAY_SECONDS,
  source: "domain",
};
const REFUSED: RefusedPassword = {
  password: "G00d-Enough-Passw0rd",
  accountName: "jdoe",
  displayName: "John R. Doe-Smith",
  changedAt: NOW - 5 * DAY_SECONDS * 1000,
  now: NOW,
  historyChecked: true,
};

describe("explaining a refusal that gives no reason", () => {
  const cases: readonly {
    what: string;
    refused?: Partial<RefusedPassword>;
    rule?: Partial<PasswordRule>;
    expected: string;
  }[] = [
    { what: "too short", refused: { password: "Sh0rt!" }, expected: "PASSWORD_TOO_SHORT" },
    {
      what: "two kinds of characters",
      refused: { password: "onlysmall1234" },
      expected: "PASSWORD_COMPLEXITY",
    },
    {
      what: "the account's name in it",
      refused: { password: "My-JDoe-2026" },
      expected: "PASSWORD_COMPLEXITY",
    },
    {
      what: "a part of the display name in it",
      refused: { password: "xX-smith-2026" },
      expected: "PASSWORD_COMPLEXITY",
    },
    {
      what: "changed an hour ago",
      refused: { changedAt: NOW - 3_600_000 },
      expected: "PASSWORD_TOO_YOUNG",
    },
    { what: "everything else fits", expected: "PASSWORD_IN_HISTORY" },
    { what: "no history is kept", rule: { historyLength: 0 }, expected: "PASSWORD_POLICY" },
    { what: "history was not looked at", refused: { historyChecked: false }, expected: "PASSWORD_POLICY" },
    { what: "the complexity rule is not readable", rule: { complexity: null }, expected: "PASSWORD_POLICY" },
    {
      what: "no complexity asked for",
      refused: { password: "onlysmallletters" },
      rule: { complexity: false },
      expected: "PASSWORD_IN_HISTORY",
    },
  ];
  for (const { what, refused = {}, rule = {}, expected } of cases)
    it(`says ${expected}: ${what}`, () => {
      expect(explainRefusal({ ...REFUSED, ...refused }, { ...RULE, ...rule }).code).to.equal(expected);
    });

  it("says when a password that is too young can be changed", () => {
    const changedAt = NOW - 3_600_000;

    const { possibleAt } = explainRefusal({ ...REFUSED, changedAt }, RULE);

    expect(possibleAt).to.equal("2026-01-10T23:00:00.000Z");
  });

  it("names no rule when none was readable", () => {
    expect(explainRefusal(REFUSED, null)).to.deep.equal({ code: "PASSWORD_POLICY", possibleAt: null });
  });
});

describe("the rule for names in passwords", () => {
  const cases: readonly (readonly [string, string | null, string | null, boolean])[] = [
    ["xxJDOExx", "jdoe", null, true],
    ["xxjdxx", "jd", null, false],
    ["Erin-2026", "e", "Erin Mc", true],
    ["Mc-2026", "e", "Erin Mc", false],
    ["tab-smith", null, "A\tSmith#B", true],
    ["nothing", null, null, false],
  ];
  for (const [password, account, display, expected] of cases)
    it(`${expected ? "finds" : "does not find"} ${account ?? "-"} or ${display ?? "-"} in ${password}`, () => {
      expect(containsName(password, account, display)).to.equal(expected);
    });

  it("counts letters without case as a kind of their own", () => {
    expect(countKinds("密码a1")).to.equal(3);
    expect(countKinds("Ωω1-")).to.equal(4);
  });
});
