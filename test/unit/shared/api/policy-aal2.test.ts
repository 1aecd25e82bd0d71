import { join } from "node:path";
import { expect } from "chai";
import { readPolicyFile } from "../../../../cli/policy-file.ts";
import { newPolicySchema, type PolicyInput } from "../../../../shared/api/policy.ts";

const EXAMPLE = join(import.meta.dirname, "../../../../config/policy.aal2.example.yaml");
const STAFF = "CN=Staff,DC=contoso,DC=com";

/** Keeps every rule of the profile. */
const strict = {
  profile: "aal2",
  default: {
    methods: ["authenticator", "recovery_code", "text", "call"],
    methodsRequired: 2,
    number: { trust: "verified" },
  },
  contact: { url: "https://help.contoso.com" },
} satisfies PolicyInput;

const withDefault = (rules: object) => ({ ...strict, default: { ...strict.default, ...rules } });
const withGroup = (rules: object) => ({ ...strict, groups: [{ name: "Staff", group: STAFF, rules }] });

/** `path: message` of each violation. */
function problemsOf(policy: unknown): string[] {
  const { error } = newPolicySchema.safeParse(policy);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("the policy profile aal2 (NIST SP 800-63B-4 §4.2)", () => {
  it("is kept by the example, which names it", () => {
    expect(readPolicyFile(EXAMPLE).profile).to.equal("aal2");
  });

  it("asks nothing of a policy that does not name it", () => {
    expect(problemsOf({ scope: "all" })).to.deep.equal([]);
  });

  for (const [what, policy, path, section, fix] of [
    [
      "one proof",
      withDefault({ methodsRequired: 1 }),
      "default.methodsRequired",
      "§4.2.2.2",
      "set methodsRequired: 2",
    ],
    [
      "security questions",
      withDefault({ methods: ["authenticator", "recovery_code", "questions"] }),
      "default.methods",
      "§4.2.1",
      "remove questions",
    ],
    [
      "codes to a phone and to a mailbox, which are one method",
      withDefault({ methods: ["authenticator", "text", "email"] }),
      "default.methods",
      "§4.2.2.2",
      "keep text and call, or office_call, or email",
    ],
    [
      "codes to two phones",
      withDefault({ methods: ["authenticator", "call", "office_call"] }),
      "default.methods",
      "§4.2.2.2",
      "(call, office_call)",
    ],
    [
      "numbers that their owner has not confirmed",
      withDefault({ number: { trust: "aged", holdHours: 720 } }),
      "default.number.trust",
      "§4.2.1.2",
      "set number.trust: verified",
    ],
    [
      "methods that count soon after a thief of the password added them",
      withDefault({ number: { trust: "verified", holdHours: 24 } }),
      "default.number.holdHours",
      "§4.1.2.1",
      "set number.holdHours: 72",
    ],
    [
      "a group with a short wait",
      withGroup({ number: { holdHours: 0 } }),
      "groups.0.rules.number.holdHours",
      "§4.1.2.1",
      "set number.holdHours: 72",
    ],
    [
      "resets that are not notified",
      withDefault({ notifyUser: false }),
      "default.notifyUser",
      "§4.2.3",
      "set notifyUser: true",
    ],
    ["no contact", { ...strict, contact: {} }, "contact", "§4.6", "set contact.url or contact.emails"],
    [
      "a group with one proof",
      withGroup({ methodsRequired: 1 }),
      "groups.0.rules.methodsRequired",
      "§4.2.2.2",
      "set methodsRequired: 2",
    ],
    [
      "a group with security questions",
      withGroup({ methods: ["authenticator", "questions"] }),
      "groups.0.rules.methods",
      "§4.2.1",
      "remove questions",
    ],
    [
      "a group whose numbers are believed at once",
      withGroup({ number: { trust: "synced" } }),
      "groups.0.rules.number.trust",
      "§4.2.1.2",
      "set number.trust: verified",
    ],
    [
      "a group that is not notified",
      withGroup({ notifyUser: false }),
      "groups.0.rules.notifyUser",
      "§4.2.3",
      "set notifyUser: true",
    ],
    [
      "codes to a phone and to a mailbox for privileged accounts",
      { ...strict, privileged: { methods: ["text", "email"] } },
      "privileged.methods",
      "§4.2.2.2",
      "list authenticator and recovery_code",
    ],
  ] as const)
    it(`refuses ${what}, and names the section and the fix`, () => {
      const problems = problemsOf(policy);

      expect(problems, problems.join("\n")).to.have.length(1);
      expect(problems[0])
        .to.match(new RegExp(`^${path}: .* in the profile aal2: `))
        .and.to.contain(`(NIST SP 800-63B-4 ${section}); `)
        .and.to.contain(fix);
    });

  it("reports a violation that a group inherits at the default only", () => {
    const policy = { ...withGroup({ unlock: false }), default: { methodsRequired: 2 } };

    expect(problemsOf(policy).map((problem) => problem.split(":")[0])).to.deep.equal([
      "default.methods",
      "default.number.trust",
    ]);
  });
});
