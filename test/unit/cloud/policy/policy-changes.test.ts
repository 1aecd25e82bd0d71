import { expect } from "chai";
import { policyChanges } from "../../../../cloud/policy/policy-changes.ts";
import { type PolicyInput, policySchema } from "../../../../shared/api/policy.ts";

const STAFF = "CN=Staff,DC=contoso,DC=com";
const NURSES = "CN=Nurses,DC=contoso,DC=com";

/** Each change as a line; those that loosen end with `!`. */
function between(before: PolicyInput, after: PolicyInput): string[] {
  return policyChanges(policySchema.parse(before), policySchema.parse(after)).map(
    ({ about, text, loosens }) => `${about}: ${text}${loosens ? " !" : ""}`,
  );
}

describe("policyChanges", () => {
  it("finds nothing between two that mean the same", () => {
    expect(between({}, { scope: "none", default: { unlock: true } })).to.deep.equal([]);
  });

  for (const [what, before, after, expected] of [
    ["a wider scope", {}, { scope: "all" }, ["scope: none → all !"]],
    ["a profile that is no longer kept", { profile: "aal2" }, {}, ["profile: aal2 → none !"]],
    ["a profile that is kept from now on", {}, { profile: "aal2" }, ["profile: none → aal2"]],
    ["a narrower one", { scope: "all" }, { scope: "none" }, ["scope: all → none"]],
    [
      "one proof instead of two",
      { default: { methodsRequired: 2 } },
      { default: { methodsRequired: 1 } },
      ["default: methodsRequired: 2 → 1 !"],
    ],
    [
      "a method more",
      { default: { methods: ["text"] } },
      { default: { methods: ["text", "email"] } },
      [
        "default: methods: text → text, email !",
        "privileged: methods: text, authenticator, recovery_code → text, email !",
      ],
    ],
    [
      "a shorter hold, sooner trusted",
      {},
      { default: { number: { trust: "synced", holdHours: 1 } } },
      ["default: number.trust: aged → synced !", "default: number.holdHours: 72 → 1 !"],
    ],
    ["no unlock", {}, { default: { unlock: false } }, ["default: unlock: on → off"]],
    [
      "no more mail to the person",
      {},
      { default: { notifyUser: false } },
      ["default: notifyUser: on → off !"],
    ],
    [
      "fewer watchers",
      { admins: { emails: ["a@contoso.com", "b@contoso.com"] } },
      { admins: { emails: ["b@contoso.com"] } },
      ["admins: emails: 0 added, 1 removed !"],
    ],
    [
      "less power that is known",
      { privileged: { groups: [STAFF] } },
      { privileged: { groups: [NURSES] } },
      [
        `privileged: members of ${STAFF} no longer count as privileged !`,
        `privileged: members of ${NURSES} now count as privileged`,
      ],
    ],
    [
      "where people turn",
      {},
      { contact: { url: "https://help.contoso.com" }, phoneRegion: "BE" },
      ["phoneRegion: US → BE", "contact: url: none → https://help.contoso.com"],
    ],
  ] satisfies [string, PolicyInput, PolicyInput, string[]][])
    it(`describes the change: ${what}`, () => {
      expect(between(before, after)).to.deep.equal(expected);
    });

  it("compares groups with the rules they inherit", () => {
    const groups = [{ name: "Staff", group: STAFF, rules: { unlock: false } }];

    expect(
      between({ scope: "groups", groups }, { scope: "groups", groups, default: { notifyUser: false } }),
    ).to.deep.equal(["default: notifyUser: on → off !", '"Staff": notifyUser: on → off !']);
  });

  it("tells of groups that come, go, mean others, or are asked in another order", () => {
    const staff = { name: "Staff", group: STAFF, rules: { methodsRequired: 2 as const } };
    const nurses = { name: "Nurses", group: NURSES };

    expect(between({ scope: "all", groups: [staff] }, { scope: "all", groups: [nurses] })).to.deep.equal([
      `"Staff": removed (was ${STAFF}) !`,
      `"Nurses": added for ${NURSES}`,
    ]);
    expect(between({ groups: [staff, nurses] }, { groups: [nurses, staff] })).to.deep.equal([
      "groups: order: Staff, Nurses → Nurses, Staff !",
    ]);
    expect(between({ groups: [nurses] }, { groups: [{ ...nurses, group: STAFF }] })).to.deep.equal([
      `"Nurses": group: ${NURSES} → ${STAFF} !`,
    ]);
  });
});
