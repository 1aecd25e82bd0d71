import { expect } from "chai";
import { policySchema } from "../../../../shared/api/policy.ts";
import { describeIssue } from "../../../../shared/describe-issue.ts";

const STAFF = "CN=Staff,DC=contoso,DC=com";
const group = (rules: object, name = "Staff", dn = STAFF) => ({ name, group: dn, rules });

/** `path: message` of everything that is wrong. */
function problemsOf(policy: unknown): string[] {
  const { error } = policySchema.safeParse(policy, { error: describeIssue });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("a policy", () => {
  it("that is empty turns self-service off and has careful defaults", () => {
    expect(policySchema.parse({})).to.deep.include({
      scope: "none",
      default: {
        methods: ["text", "call", "email", "authenticator", "recovery_code"],
        methodsRequired: 1,
        unlock: true,
        number: { trust: "aged", holdHours: 72 },
        registration: { required: true, reconfirmDays: 180 },
        questions: { register: 5, answer: 3 },
        notifyUser: true,
      },
      groups: [],
    });
  });

  it("is the same after it was written and read again", () => {
    const policy = policySchema.parse({
      groups: [group({ methods: ["text"], number: { holdHours: 1 } })],
      contact: { url: "https://help.contoso.com" },
    });

    expect(policySchema.parse(JSON.parse(JSON.stringify(policy)))).to.deep.equal(policy);
  });

  for (const [what, policy, path, message] of [
    [
      "questions as the only proof",
      { default: { methods: ["questions"] } },
      "default.methods",
      "never the first proof",
    ],
    [
      "two proofs from one phone",
      { default: { methods: ["text", "call"], methodsRequired: 2 } },
      "default.methods",
      "count as one",
    ],
    ["a method twice", { default: { methods: ["text", "text"] } }, "default.methods", "twice"],
    [
      "more answers than questions",
      { default: { questions: { register: 3, answer: 4 } } },
      "default.questions",
      "only 3",
    ],
    [
      "a group with two proofs of what is one",
      { default: { methods: ["text"] }, groups: [group({ methodsRequired: 2 })] },
      "groups.0.rules.methodsRequired",
      "two different methods",
    ],
    [
      "a group whose methods are too few",
      { default: { methodsRequired: 2 }, groups: [group({ methods: ["email"] })] },
      "groups.0.rules.methods",
      "two different methods",
    ],
    [
      "a group with too many answers",
      {
        groups: [
          group({ questions: { register: 3 } }),
          group({ questions: { answer: 5, register: 4 } }, "Other", "CN=Other,DC=x"),
        ],
      },
      "groups.1.rules.questions",
      "only 4",
    ],
    [
      "two groups of one name",
      { groups: [group({}), group({}, "Staff", "CN=Other,DC=x")] },
      "groups.1.name",
      "already used",
    ],
    ["a group named like a decision", { groups: [group({}, "privileged")] }, "groups.0.name", "already used"],
    [
      "a group twice",
      { groups: [group({}), group({}, "Again", STAFF.toLowerCase())] },
      "groups.1.group",
      "'Staff' above",
    ],
    [
      "a group twice, in another spelling",
      {
        groups: [
          group({}, "Staff", "CN=Staff\\, all,DC=x"),
          group({}, "Again", 'cn = "staff, all" ; domainComponent=X'),
        ],
      },
      "groups.1.group",
      "'Staff' above",
    ],
    ["scope groups without groups", { scope: "groups" }, "scope", "no groups"],
    [
      "questions for power",
      { privileged: { methods: ["text", "email", "questions"] } },
      "privileged.methods",
      "never use them",
    ],
    [
      "one proof for power",
      { privileged: { methods: ["text", "call"] } },
      "privileged.methods",
      "two different methods",
    ],
    [
      "http as contact",
      { contact: { url: "http://help.contoso.com" } },
      "contact.url",
      "must be an https:// URL",
    ],
    [
      "a line break in an address",
      { admins: { emails: ["a@contoso.com\nBcc: x@evil.org"] } },
      "admins.emails.0",
      "must be an email address",
    ],
    ["three proofs", { default: { methodsRequired: 3 } }, "default.methodsRequired", "must be 1 or 2"],
  ] as const)
    it(`is refused with ${what}`, () => {
      const problems = problemsOf(policy);

      expect(problems, problems.join("\n")).to.have.length(1);
      expect(problems[0])
        .to.match(new RegExp(`^${path}: `))
        .and.to.contain(message);
    });

  it("reports a fault of the default once, not in every group that inherits it", () => {
    const policy = { default: { methods: ["questions"] }, groups: [group({ unlock: false })] };

    expect(problemsOf(policy)).to.have.length(1);
  });

  it("refuses a misspelt key", () => {
    expect(problemsOf({ default: { method: ["text"] } })).to.deep.equal([
      "default: has unknown keys: method",
    ]);
  });
});
