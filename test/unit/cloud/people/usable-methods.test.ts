import { expect } from "chai";
import { destinationOf, factorOf, usableMethods } from "../../../../cloud/people/usable-methods.ts";
import { NO_REGISTRATION, type Registration } from "../../../../cloud/store/registration-record.ts";
import type { StoredUser } from "../../../../cloud/store/user-record.ts";
import { type Rules, rulesSchema } from "../../../../shared/api/policy.ts";
import { HOUR_MS } from "../../../../shared/durations.ts";
import { type Method, METHODS } from "../../../../shared/methods.ts";
import { storedUser } from "../../../support/directory-users.ts";

const NOW = 1_700_000_000_000;
const CHANNELS = new Set(["text", "call", "email"] as const);
const MOBILE = "+32470000001";
const OFFICE = "+3225550001";
const MAIL = "jane@elsewhere.example";

const person = (user: Partial<StoredUser> = {}, registration: Partial<Registration> = {}) => ({
  id: "a".repeat(32),
  real: true,
  user: storedUser(1, { officePhone: OFFICE, alternateEmail: MAIL, ...user }),
  registration: { ...NO_REGISTRATION, ...registration },
});
const rules = (number: Partial<Rules["number"]> = {}, methods: readonly Method[] = METHODS): Rules =>
  rulesSchema.parse({ methods, number });
const usable = (who: ReturnType<typeof person>, by: Rules = rules()): Method[] =>
  usableMethods(who, by, CHANNELS, NOW).usable.map(({ method }) => method);
const why = (who: ReturnType<typeof person>, method: Method, by: Rules = rules()) =>
  usableMethods(who, by, CHANNELS, NOW).unusable.get(method) ?? "usable";
const confirmed = (field: "mobile" | "officePhone" | "alternateEmail", value: string) => ({
  confirmedSynced: [{ field, value, at: 1 }],
});

describe("people: usable methods", () => {
  it("are those in the policy that the person has, in the order of the policy", () => {
    expect(usable(person(), rules({}, ["email", "text", "authenticator"]))).to.deep.equal(["email", "text"]);
    expect(why(person(), "call", rules({}, ["text"]))).to.equal("not_in_policy");
    expect(why(person({ mobile: null }), "text")).to.equal("missing");
    const { unusable } = usableMethods(person(), rules(), new Set(["email"] as const), NOW);
    expect(unusable.get("text")).to.equal("no_provider");
  });

  for (const [what, user, registration, number, answer] of [
    ["a number that never changed", {}, {}, {}, "usable"],
    ["one that changed 71 hours ago", { numberChangedAt: NOW - 71 * HOUR_MS }, {}, {}, "held"],
    ["one that changed 72 hours ago", { numberChangedAt: NOW - 72 * HOUR_MS }, {}, {}, "usable"],
    ["a new one its owner confirmed", { numberChangedAt: NOW }, confirmed("mobile", MOBILE), {}, "usable"],
    [
      "a new one where the old was confirmed",
      { numberChangedAt: NOW },
      confirmed("mobile", "+32470000002"),
      {},
      "held",
    ],
    [
      "a new one where another field was confirmed",
      { numberChangedAt: NOW },
      confirmed("officePhone", MOBILE),
      {},
      "held",
    ],
    ["a new one, synced ones trusted", { numberChangedAt: NOW }, {}, { trust: "synced" }, "usable"],
    ["an old one, only confirmed ones trusted", {}, {}, { trust: "verified" }, "held"],
    ["a confirmed one, only those trusted", {}, confirmed("mobile", MOBILE), { trust: "verified" }, "usable"],
    [
      "a registered one over a new synced one",
      { numberChangedAt: NOW },
      { mobile: { number: "+32470000009", confirmedAt: 1 } },
      {},
      "usable",
    ],
    ["a new one without holding", { numberChangedAt: NOW }, {}, { holdHours: 0 }, "usable"],
  ] as const)
    it(`count ${what} as ${answer} (S14)`, () => {
      expect(why(person(user, registration), "text", rules(number))).to.equal(answer);
      expect(why(person(user, registration), "call", rules(number))).to.equal(answer);
    });

  it("hold each destination by its own time, and none for another change of the user (S14)", () => {
    const changed = [
      ["text", { numberChangedAt: NOW - HOUR_MS }],
      ["office_call", { officePhoneChangedAt: NOW - HOUR_MS }],
      ["email", { alternateEmailChangedAt: NOW - HOUR_MS }],
    ] as const;
    for (const [held, user] of changed)
      for (const [method] of changed)
        expect(why(person(user), method), `${held} changed`).to.equal(method === held ? "held" : "usable");
    expect(why(person({ changedAt: NOW }), "office_call")).to.equal("usable");
  });

  it("hold a synced office number and address until they are old or confirmed (S14)", () => {
    const office = { officePhoneChangedAt: NOW };
    expect(why(person(office, confirmed("officePhone", OFFICE)), "office_call")).to.equal("usable");
    const address = { alternateEmailChangedAt: NOW };
    expect(why(person(), "email")).to.equal("usable");
    expect(why(person({ alternateEmailChangedAt: NOW - 72 * HOUR_MS }), "email")).to.equal("usable");
    expect(why(person(address), "email", rules({ trust: "synced" }))).to.equal("usable");
    expect(why(person(address, confirmed("alternateEmail", MAIL)), "email")).to.equal("usable");
    expect(why(person(), "email", rules({ trust: "verified" }))).to.equal("held");
    expect(
      why(person({}, confirmed("alternateEmail", MAIL)), "email", rules({ trust: "verified" })),
    ).to.equal("usable");
  });

  it("send to the registered value rather than to the synced one", () => {
    const registered = person(
      {},
      {
        mobile: { number: "+32470000009", confirmedAt: 1 },
        email: { address: "private@elsewhere.example", confirmedAt: 1 },
      },
    );
    expect(destinationOf(registered, "text")).to.deep.equal({ channel: "text", to: "+32470000009" });
    expect(destinationOf(registered, "email")?.to).to.equal("private@elsewhere.example");
    expect(destinationOf(registered, "office_call")).to.deep.equal({ channel: "call", to: OFFICE });
    expect(destinationOf(registered, "authenticator")).to.equal(null);
  });

  it("count a text and a call to the same number as one factor, also at the office, since a stolen SIM gives both (T-06)", () => {
    expect(factorOf(person(), "text")).to.equal(factorOf(person(), "call"));
    expect(factorOf(person(), "office_call")).to.not.equal(factorOf(person(), "text"));
    expect(factorOf(person({ officePhone: MOBILE }), "office_call")).to.equal(factorOf(person(), "text"));
  });

  it("need an unused recovery code, or as many registered questions as are asked", () => {
    const codes = [{ digest: "d", usedAt: 5 }];
    expect(why(person({}, { recoveryCodes: codes }), "recovery_code")).to.equal("missing");
    expect(
      why(person({}, { recoveryCodes: [...codes, { digest: "e", usedAt: null }] }), "recovery_code"),
    ).to.equal("usable");
    const questions = ["a", "b", "c"].map((questionId) => ({ questionId, answerHash: "h" }));
    expect(why(person({}, { questions }), "questions")).to.equal("usable");
    expect(why(person({}, { questions: questions.slice(1) }), "questions")).to.equal("missing");
  });
});
