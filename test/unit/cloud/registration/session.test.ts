import { expect } from "chai";
import {
  afterAction,
  afterLook,
  answerCheck,
  beginCheck,
  isOpenTo,
  type RegistrationSession,
  registrationSessionSchema,
  type SignedIn,
} from "../../../../cloud/registration/session.ts";
import { secretDigestOf } from "../../../../cloud/visits/secret.ts";
import { timeLeft } from "../../../../cloud/visits/visit.ts";
import { rulesSchema } from "../../../../shared/api/policy.ts";
import { MINUTE_MS } from "../../../../shared/durations.ts";
import { newId } from "../../../../shared/ids.ts";
import { Secret } from "../../../../shared/secret.ts";

const NOW = 1_700_000_000_000;
const key = { tenantId: "contoso", id: newId(), secret: new Secret("secret") };

const session = (changes: Partial<RegistrationSession> = {}): RegistrationSession => ({
  id: key.id,
  tenantId: "contoso",
  secretDigest: secretDigestOf(key.secret),
  startedAt: NOW,
  usedAt: NOW,
  screen: 1,
  revision: 0,
  language: "en",
  address: "192.0.2.1",
  goal: "register",
  userName: "ann",
  adminAsked: false,
  failures: 0,
  problem: null,
  done: null,
  state: { name: "password" },
  ...changes,
});
const signedIn: SignedIn = {
  name: "signed_in",
  userId: "a".repeat(32),
  mustChange: false,
  allowed: true,
  policyName: "default",
  privileged: false,
  rules: rulesSchema.parse({}),
  rule: null,
  task: null,
  isProven: false,
  epochs: [],
};

describe("a session at the registration portal", () => {
  it("is stored unchanged", () => {
    const whole = session({ state: signedIn, problem: { kind: "wrong_code" } });

    expect(registrationSessionSchema.parse(JSON.parse(JSON.stringify(whole)))).to.deep.equal(whole);
  });

  it("is open to its own secret, for five idle minutes and fifteen in all", () => {
    const other = { ...key, secret: new Secret("another") };

    expect(isOpenTo(session(), key, NOW)).to.equal(true);
    expect(isOpenTo(session(), other, NOW)).to.equal(false);
    expect(isOpenTo(session(), key, NOW + 5 * MINUTE_MS - 1)).to.equal(true);
    expect(isOpenTo(session(), key, NOW + 5 * MINUTE_MS)).to.equal(false);
    const used = session({ usedAt: NOW + 14 * MINUTE_MS });
    expect(isOpenTo(used, key, NOW + 15 * MINUTE_MS - 1)).to.equal(true);
    expect(isOpenTo(used, key, NOW + 15 * MINUTE_MS)).to.equal(false);
    expect(timeLeft(used, NOW + 14 * MINUTE_MS)).to.equal(MINUTE_MS);
  });

  it("counts an action and clears the problem and the news of the one before", () => {
    const before = session({ problem: { kind: "stale" }, done: { kind: "reviewed", what: null } });

    expect(afterAction(before, NOW + 1, {})).to.include({
      screen: 2,
      usedAt: NOW + 1,
      problem: null,
      done: null,
    });
  });

  describe("while the password is checked", () => {
    const checking = beginCheck(session(), NOW, "next");
    const refused = { kind: "problem", problem: { kind: "sign_in_refused" } } as const;

    it("accepts only the new secret from then on, whatever the result", () => {
      expect(checking.secretDigest).to.equal("next");
      expect(isOpenTo(checking, key, NOW)).to.equal(false);
    });

    for (const [took, told] of [
      [0, 600],
      [1, 600],
      [600, 600],
      [601, 1_200],
      [4_999, 5_400],
    ] as const)
      it(`shows after ${told} ms an answer that came after ${took} ms`, () => {
        const answered = answerCheck(checking, NOW + took, refused) ?? checking;

        expect(afterLook(answered, NOW + told - 1)?.state.name ?? "checking").to.equal("checking");
        expect(afterLook(answered, NOW + told)).to.deep.include({
          state: { name: "password" },
          problem: { kind: "sign_in_refused" },
          screen: 3,
        });
      });

    it("signs in with the answers of the directory and the policy", () => {
      const answered = answerCheck(checking, NOW + 50, { kind: "signed_in", state: signedIn }) ?? checking;

      expect(afterLook(answered, NOW + 600)).to.deep.include({ state: signedIn, problem: null });
    });

    it("is answered once", () => {
      const answered = answerCheck(checking, NOW + 50, refused) ?? checking;

      expect(answerCheck(answered, NOW + 60, { kind: "signed_in", state: signedIn })).to.equal(null);
      expect(answerCheck(session(), NOW + 60, refused)).to.equal(null);
    });

    it("gives up when no answer comes", () => {
      expect(afterLook(checking, NOW + 19_999)?.state.name ?? "checking").to.equal("checking");
      expect(afterLook(checking, NOW + 20_000)?.problem).to.deep.equal({
        kind: "unavailable",
        code: "TIMEOUT",
      });
    });
  });

  it("is not stored for each look, and its screen does not change by looking", () => {
    expect(afterLook(session(), NOW + 29_999)).to.equal(null);
    expect(afterLook(session(), NOW + 30_000)).to.include({ usedAt: NOW + 30_000, screen: 1 });
  });
});
