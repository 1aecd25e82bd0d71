import { expect } from "chai";
import fc from "fast-check";
import type { Proof } from "../../../../cloud/methods/proof.ts";
import { countFactors } from "../../../../cloud/people/usable-methods.ts";
import { type Attempt, type AttemptAccount, attemptSchema } from "../../../../cloud/reset/attempt.ts";
import * as changes from "../../../../cloud/reset/attempt-changes.ts";
import { impossibleReason, stepOf } from "../../../../cloud/reset/attempt-step.ts";
import type { JobOutcome } from "../../../../cloud/writeback/job-outcome.ts";
import { newId } from "../../../../shared/ids.ts";
import { type Method, METHODS } from "../../../../shared/methods.ts";
import { makeVerdict } from "../../../../shared/writeback.ts";

const NOW = 1_700_000_000_000;
const DIGEST = "d".repeat(43);
const factorOf = (method: Method): string => (method === "call" ? "text" : method);
const proof = (method: Method): Proof => ({ method, factor: factorOf(method) });

const account = (facts: Partial<AttemptAccount> = {}): AttemptAccount => ({
  obstacle: null,
  allowed: true,
  policyName: "default",
  privileged: false,
  required: 1,
  unlock: true,
  notifyUser: true,
  usable: METHODS.map(proof),
  held: false,
  questionIds: [],
  rule: null,
  names: [],
  destinations: DIGEST,
  ...facts,
});
const attempt = (facts: Partial<Attempt> = {}): Attempt => ({
  id: newId(),
  tenantId: "contoso",
  revision: 1,
  version: 1,
  secretDigest: DIGEST,
  userName: "jane",
  language: "en",
  address: "192.0.2.1",
  startedAt: NOW,
  touchedAt: NOW,
  reason: "forgot",
  person: { id: "a".repeat(32), real: true, mobileDigits: "01", officeDigits: "02", epoch: null },
  account: account(),
  proofs: [],
  strict: false,
  failures: 0,
  work: 0,
  halfProven: false,
  provenAt: null,
  chosen: null,
  sends: [],
  job: null,
  gone: false,
  blockedUntil: null,
  adminAsked: false,
  problem: null,
  lastForm: null,
  ...facts,
});
const step = (facts: Partial<Attempt>): string => stepOf(attempt(facts), NOW).name;

/** A text and a call reach the same telephone. */
const ONE_METHOD = account({ usable: [proof("text"), proof("call")] });

describe("reset: the step of an attempt", () => {
  for (const [what, facts, name] of [
    ["nothing is said yet", { reason: null }, "reason"],
    ["nothing is proven", {}, "choose"],
    [
      "nothing is proven and the account is disabled",
      { account: account({ obstacle: "ACCOUNT_DISABLED" }) },
      "choose",
    ],
    ["a code is on its way", { chosen: { method: "text", typedNumber: null, challenge: null } }, "code"],
    [
      "an app is chosen",
      { chosen: { method: "authenticator", typedNumber: null, challenge: null } },
      "enter",
    ],
    ["one of one is proven", { proofs: [proof("text")] }, "password"],
    ["one is proven and the person wants in again", { proofs: [proof("text")], reason: "locked" }, "unlock"],
    ["one of two is proven", { proofs: [proof("text")], account: account({ required: 2 }) }, "choose"],
    [
      "the same telephone is proven twice",
      { proofs: [proof("text"), proof("call")], account: account({ required: 2 }) },
      "choose",
    ],
    [
      "two of two are proven",
      { proofs: [proof("text"), proof("questions")], account: account({ required: 2 }) },
      "password",
    ],
    ["one is proven in times of abuse", { proofs: [proof("text")], strict: true }, "choose"],
    [
      "the only method is proven in times of abuse",
      { proofs: [proof("text")], strict: true, provenAt: NOW - 1, account: ONE_METHOD },
      "paused",
    ],
    [
      "the only method was proven some minutes ago in times of abuse",
      { proofs: [proof("text")], strict: true, provenAt: NOW - 120_000, account: ONE_METHOD },
      "password",
    ],
    ["answers alone are proven", { proofs: [proof("questions")] }, "choose"],
    [
      "a method is proven that does not count here",
      { proofs: [proof("email")], account: account({ usable: [proof("text")] }) },
      "choose",
    ],
    ["it is proven and no agent has said anything", { proofs: [proof("text")], account: null }, "unexamined"],
    [
      "it is proven and the account is disabled",
      { proofs: [proof("text")], account: account({ obstacle: "ACCOUNT_DISABLED" }) },
      "impossible",
    ],
    ["it is proven and the person is gone", { proofs: [proof("text")], gone: true }, "impossible"],
    ["there were too many failures", { blockedUntil: NOW + 1 }, "blocked"],
    ["the block is over", { blockedUntil: NOW }, "choose"],
  ] as const satisfies readonly (readonly [string, Partial<Attempt>, string])[])
    it(`is '${name}' when ${what}`, () => {
      expect(step(facts)).to.equal(name);
    });

  for (const [what, facts, reason] of [
    ["not in the policy", account({ allowed: false }), "not_in_policy"],
    [
      "of a user who may be in a missing group",
      account({ allowed: false, missingGroups: ["CN=x"] }),
      "policy_group_missing",
    ],
    [
      "with one method of two",
      account({ required: 2, usable: [proof("text"), proof("call")] }),
      "too_few_methods",
    ],
    [
      "with one method of two and a number that is too new",
      account({ required: 2, usable: [proof("email")], held: true }),
      "number_held",
    ],
    ["with answers alone", account({ usable: [proof("questions")] }), "too_few_methods"],
    ["with two methods of two", account({ required: 2, usable: [proof("email"), proof("text")] }), null],
  ] as const)
    it(`knows why an account ${what} cannot be reset`, () => {
      expect(impossibleReason(attempt({ account: facts }))).to.equal(reason);
    });

  it("reaches the password by no order of actions without the required proofs", () => {
    const methods = fc.constantFrom(...METHODS);
    const accounts = fc
      .record({
        obstacle: fc.constantFrom(null, null, null, "ACCOUNT_DISABLED" as const),
        allowed: fc.constantFrom(true, true, true, false),
        required: fc.constantFrom(1 as const, 2 as const),
        unlock: fc.boolean(),
        usable: fc.uniqueArray(methods, { maxLength: 7 }).map((all) => all.map(proof)),
      })
      .map(account);
    const action = fc.oneof(
      fc.record({ kind: fc.constant("choose" as const), method: methods }),
      fc.record({ kind: fc.constantFrom("prove", "guess", "again", "resend", "apply", "refuse") }),
    );
    fc.assert(
      fc.property(
        accounts,
        fc.boolean(),
        fc.constantFrom("forgot" as const, "locked" as const),
        fc.array(action, { maxLength: 25 }),
        (facts, strict, reason, actions) => {
          let present = attempt({ account: facts, strict, reason });
          const proven = new Set<Method>();
          let now = NOW;
          for (const one of actions) {
            now += 20_000;
            present = apply(present, one, now, proven);
            expect(attemptSchema.safeParse(present).error).to.equal(undefined);
            const { name } = stepOf(present, now);
            if (!["password", "unlock", "waiting", "done"].includes(name)) continue;
            const counted = [...proven].filter((method) =>
              facts.usable.some((other) => other.method === method),
            );
            // Under attack two proofs, unless the person has one method only.
            const required = strict && countFactors(facts.usable) >= 2 ? 2 : facts.required;
            expect(new Set(counted.map(factorOf)).size).to.be.at.least(required);
            expect(counted.some((method) => method !== "questions")).to.equal(true);
            expect(facts.obstacle).to.equal(null);
            expect(facts.allowed).to.equal(true);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

const code = (now: number): changes.NewCode => ({
  challengeId: newId(),
  digestFor: () => DIGEST,
  strict: false,
  now,
});

/** Applies an action as the service does: only on the action's own steps. */
function apply(
  present: Attempt,
  action: { readonly kind: string; readonly method?: Method },
  now: number,
  proven: Set<Method>,
): Attempt {
  const { name } = stepOf(present, now);
  const isAtMethod = name === "code" || name === "enter" || name === "questions";
  switch (action.kind) {
    case "choose": {
      if (name !== "choose" || action.method === undefined) return present;
      return changes.methodChosen(present, { method: action.method, typedNumber: null }, code(now), METHODS);
    }
    case "prove": {
      const method = present.chosen?.method;
      if (!isAtMethod || method === undefined) return present;
      proven.add(method);
      return changes.proved(present, {
        proof: proof(method),
        now,
        secretDigest: DIGEST,
        account: null,
        strict: false,
      });
    }
    case "guess":
      return isAtMethod ? changes.guessedWrong(present, 0) : present;
    case "again":
      return isAtMethod ? changes.wentBack(present) : present;
    case "resend":
      return name === "code" ? changes.resent(present, code(now)) : present;
    default: {
      if (name !== "password" && name !== "unlock") return present;
      const id = newId();
      const handed = changes.handedOver(present, { id, operation: changes.operationOf(present), since: now });
      const truth: JobOutcome =
        action.kind === "apply"
          ? { kind: "applied", verdict: makeVerdict("applied", null) }
          : { kind: "failed", code: "PASSWORD_POLICY", verdict: makeVerdict("rejected", "PASSWORD_POLICY") };
      return changes.settled(handed, id, truth) ?? handed;
    }
  }
}
