import { expect } from "chai";
import fc from "fast-check";
import { decidePolicy, openMethods, policyGroups } from "../../../../cloud/policy/decide.ts";
import { type Policy, type PolicyInput, policySchema } from "../../../../shared/api/policy.ts";
import { countProofs } from "../../../../shared/api/policy-checks.ts";
import type { Channel } from "../../../../shared/methods.ts";
import { METHODS } from "../../../../shared/methods.ts";

const STAFF = "CN=Staff,OU=Groups,DC=contoso,DC=com";
const NURSES = "CN=Nurses,OU=Groups,DC=contoso,DC=com";
const POWER = "CN=Server Admins,OU=Groups,DC=contoso,DC=com";

const policyOf = (input: PolicyInput): Policy => policySchema.parse(input);
const facts = (groups: string[] = [], isProtected = false) => ({
  source: 1,
  groups,
  protected: isProtected,
});
const EVERY_CHANNEL: ReadonlySet<Channel> = new Set(["text", "call", "email"]);

describe("decidePolicy", () => {
  const two = policyOf({
    scope: "groups",
    default: { methods: ["text", "email"], number: { holdHours: 24 } },
    groups: [
      { name: "Nurses", group: NURSES, rules: { methods: ["call", "authenticator"], unlock: false } },
      { name: "Staff", group: STAFF, rules: { methodsRequired: 2, number: { trust: "verified" } } },
    ],
    privileged: { groups: [POWER] },
  });

  for (const [what, policy, who, expected] of [
    ["no user while the scope is none", policyOf({}), facts([STAFF]), { allowed: false, name: "default" }],
    [
      "all users while the scope is all",
      policyOf({ scope: "all" }),
      facts(),
      { allowed: true, name: "default" },
    ],
    ["no user outside the groups", two, facts(), { allowed: false, name: "default" }],
    ["a member of a group", two, facts([STAFF]), { allowed: true, name: "Staff" }],
    ["a member of two by the first", two, facts([STAFF, NURSES]), { allowed: true, name: "Nurses" }],
    [
      "membership of the privileged group alone allows no user",
      two,
      facts([POWER]),
      { allowed: false, name: "privileged", privileged: true },
    ],
    ["power in a group", two, facts([POWER, STAFF]), { allowed: true, name: "privileged", privileged: true }],
    [
      "a protected account",
      two,
      facts([STAFF], true),
      { allowed: true, name: "privileged", privileged: true },
    ],
  ] as const)
    it(`decides: ${what}`, () => {
      expect(decidePolicy(policy, who)).to.include({ privileged: false, ...expected });
    });

  const bySource = policyOf({
    scope: "groups",
    groups: [
      { name: "Nurses of the clinic", group: NURSES, source: 2, rules: { methodsRequired: 2 } },
      { name: "Clinic", source: 2 },
      { name: "Staff", group: STAFF },
    ],
  });
  for (const [what, who, expected] of [
    ["a member there", { ...facts([NURSES]), source: 2 }, { allowed: true, name: "Nurses of the clinic" }],
    ["the same group of another source", facts([NURSES]), { allowed: false, name: "default" }],
    ["every user of a source", { ...facts(), source: 2 }, { allowed: true, name: "Clinic" }],
    ["a group of any source", facts([STAFF]), { allowed: true, name: "Staff" }],
    [
      "an entry for another source, whose group is not here",
      { ...facts([STAFF]), missingGroups: [NURSES] },
      { allowed: true, name: "Staff" },
    ],
  ] as const)
    it(`decides by source: ${what}`, () => {
      expect(decidePolicy(bySource, who)).to.include(expected);
    });

  it("takes a privileged group of one source for its users alone, and needs it for no others", () => {
    const policy = policyOf({ scope: "all", privileged: { groups: [{ group: POWER, source: 2 }] } });

    const there = { ...facts(), source: 2 };
    expect(decidePolicy(policy, { ...there, groups: [POWER] })).to.include({ privileged: true });
    expect(decidePolicy(policy, facts([POWER]))).to.include({ privileged: false });
    expect(decidePolicy(policy, { ...there, missingGroups: [POWER] })).to.include({ allowed: false });
    expect(decidePolicy(policy, { ...facts(), missingGroups: [POWER] })).to.include({ allowed: true });
    expect(policyGroups(policy)).to.deep.equal([POWER]);
  });

  for (const [what, policy, who, missing] of [
    ["the user's group", two, { ...facts(), missingGroups: [STAFF] }, [STAFF]],
    ["a group before the user's", two, { ...facts([STAFF]), missingGroups: [NURSES] }, [NURSES]],
    ["a group behind the user's", two, { ...facts([NURSES]), missingGroups: [STAFF] }, []],
    ["a privileged group", two, { ...facts([STAFF]), missingGroups: [POWER] }, [POWER]],
    ["a privileged group of a protected user", two, { ...facts([STAFF], true), missingGroups: [POWER] }, []],
    [
      "a group, while all may use self-service",
      policyOf({ scope: "all", groups: [{ name: "Staff", group: STAFF }] }),
      { ...facts(), missingGroups: [STAFF] },
      [STAFF],
    ],
    ["a group that an earlier policy named", two, { ...facts([STAFF]), missingGroups: ["CN=Old,DC=x"] }, []],
  ] as const)
    it(`${missing.length > 0 ? "is closed" : "is open"} while the directory does not have ${what}`, () => {
      const decision = decidePolicy(policy, who);

      expect(decision.missingGroups).to.deep.equal(missing);
      expect(decision.allowed).to.equal(missing.length === 0);
      if (missing.length > 0) expect(decision.rules.methodsRequired).to.equal(2);
    });

  it("takes every setting that a group leaves out from the default", () => {
    const { rules } = decidePolicy(two, facts([STAFF]));

    expect(rules).to.deep.include({
      methods: ["text", "email"],
      methodsRequired: 2,
      unlock: true,
      number: { trust: "verified", holdHours: 24 },
    });
  });

  it("gives privileged accounts the methods that are named for them, and keeps the rest of their group", () => {
    const policy = policyOf({
      ...two,
      privileged: { groups: [POWER], methods: ["authenticator", "recovery_code"] },
    });

    const { rules } = decidePolicy(policy, facts([NURSES, POWER]));

    expect(rules).to.deep.include({
      methods: ["authenticator", "recovery_code"],
      methodsRequired: 2,
      unlock: false,
    });
  });

  it("adds methods that need something in hand when too few are left for two proofs", () => {
    const policy = policyOf({ scope: "all", default: { methods: ["text", "call", "questions"] } });

    expect(decidePolicy(policy, facts([], true)).rules.methods).to.deep.equal([
      "text",
      "call",
      "authenticator",
      "recovery_code",
    ]);
  });

  it("always asks privileged accounts for two proofs and never for security questions (T-06)", () => {
    const methods = fc.uniqueArray(fc.constantFrom(...METHODS), { minLength: 1 });
    const required = fc.constantFrom(1 as const, 2 as const);
    const input = fc.record({
      default: fc.record({ methods, methodsRequired: required }),
      rules: fc.record({ methods, methodsRequired: required }),
      privileged: fc.option(methods, { nil: undefined }),
    });
    fc.assert(
      fc.property(input, fc.boolean(), (wish, isMember) => {
        const parsed = policySchema.safeParse({
          scope: "all",
          default: wish.default,
          groups: [{ name: "Staff", group: STAFF, rules: wish.rules }],
          privileged: { methods: wish.privileged },
        });
        fc.pre(parsed.success);
        const { data: policy } = parsed;
        const { rules, privileged } = decidePolicy(policy, facts(isMember ? [STAFF] : [], true));

        expect(privileged).to.equal(true);
        expect(rules.methodsRequired).to.equal(2);
        expect(countProofs(rules.methods)).to.be.at.least(2);
        expect(rules.methods).to.not.include("questions");
        // Otherwise an account could not even begin.
        expect(openMethods(policy, EVERY_CHANNEL)).to.include.oneOf(rules.methods);
      }),
    );
  });
});

describe("policyGroups", () => {
  it("names every spelling of a group once, since the agent answers each in its own spelling", () => {
    const staff = STAFF.toLowerCase();
    const policy = policyOf({
      groups: [{ name: "Staff", group: STAFF }],
      privileged: { groups: [POWER, STAFF, staff] },
    });

    expect(policyGroups(policy)).to.deep.equal([STAFF, POWER, staff]);
    expect(decidePolicy(policy, facts(policyGroups(policy)))).to.include({ name: "privileged" });
  });
});

describe("openMethods", () => {
  const groups = [
    { name: "Staff", group: STAFF, rules: { methods: ["office_call" as const, "text" as const] } },
    { name: "Nurses", group: NURSES, rules: { unlock: false } },
  ];

  it("unites the rules in the order of the default's, without questions", () => {
    const policy = policyOf({ scope: "all", default: { methods: ["email", "text", "questions"] }, groups });

    expect(openMethods(policy, EVERY_CHANNEL)).to.deep.equal(["email", "text", "office_call"]);
  });

  it("leaves out methods that no provider can send", () => {
    const policy = policyOf({ scope: "all", default: { methods: [...METHODS] }, groups });

    expect(openMethods(policy, new Set(["email"]))).to.deep.equal([
      "email",
      "authenticator",
      "recovery_code",
    ]);
    expect(openMethods(policy, new Set())).to.deep.equal(["authenticator", "recovery_code"]);
  });

  it("leaves out methods that only users out of scope could use", () => {
    const [staff] = groups;
    const policy = policyOf({
      scope: "groups",
      default: { methods: ["email", "text"] },
      groups: staff === undefined ? [] : [staff],
    });

    expect(openMethods(policy, EVERY_CHANNEL)).to.deep.equal(["text", "office_call"]);
  });

  it("includes the methods that privileged accounts begin with", () => {
    const policy = policyOf({
      scope: "all",
      default: { methods: ["text"] },
      privileged: { methods: ["authenticator", "recovery_code"] },
    });

    expect(openMethods(policy, EVERY_CHANNEL)).to.deep.equal(["text", "authenticator", "recovery_code"]);
  });
});
