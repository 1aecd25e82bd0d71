import { expect } from "chai";
import { Secret as OtpSecret, TOTP } from "otpauth";
import { createAnswers } from "../../../../cloud/methods/answers.ts";
import { newAuthenticatorSecret, sealAuthenticatorSecret } from "../../../../cloud/methods/authenticator.ts";
import { newRecoveryCodes, recoveryCodeDigest } from "../../../../cloud/methods/recovery-codes.ts";
import type { ResetScreen, SessionKey } from "../../../../cloud/reset/reset-service.ts";
import { NO_REGISTRATION, type Registration } from "../../../../cloud/store/registration-record.ts";
import { AppError } from "../../../../shared/errors.ts";
import { testUser, userId } from "../../../support/directory-users.ts";
import { rejection } from "../../../support/rejection.ts";
import { openResetLab, type ResetLab, wrongOtp } from "../../../support/reset-lab.ts";
import { waitFor } from "../../../support/wait-for.ts";

const NUMBER = "+32 470 00 00 01";
const ONE = userId(1);
const jane = testUser(1, { alternateEmail: "jane@elsewhere.example" });

describe("reset: abuse", () => {
  let lab: ResetLab;
  before(async () => (lab = await openResetLab()));
  after(() => lab.close());
  afterEach(() => {
    lab.script.view = () => ({});
  });

  it("T-01: shows a stranger the same screens whoever has the name", async () => {
    const people = [
      testUser(1),
      testUser(2, { enabled: false }),
      testUser(3, { mobile: null }),
      testUser(4, { mobile: "+32470000099" }),
    ];
    const tenantId = await lab.newTenant({}, people);
    await lab.sync(tenantId, [testUser(4)]); // the number is too new
    lab.script.view = (id) => (id === userId(2) ? { obstacle: "ACCOUNT_DISABLED" } : {});
    const seen: unknown[] = [];
    for (const name of [
      "user1",
      "user2",
      "user3",
      "user4",
      "nobody",
      "somebody@else.example",
      "a\0b",
      "*)(uid=*",
    ]) {
      const screens: ResetScreen[] = [];
      const key = await lab.begin(tenantId, name);
      const look = async (): Promise<number> => screens.push(await lab.screen(key));
      await look();
      await lab.service.chooseReason(key, 1, "forgot");
      await look();
      await lab.service.chooseMethod(key, 2, "text", "0470 12 34 56");
      await look();
      await lab.service.enterCode(key, 3, "12345678");
      await look();
      await lab.service.resend(key, 4);
      await look();
      await lab.service.chooseAgain(key, 5);
      await lab.service.chooseMethod(key, 6, "recovery_code", null);
      await lab.service.enterCode(key, 7, "AAAAA-BBBBB-CCCCC");
      await look();
      seen.push(screens.map(masked));
    }
    for (const other of seen) expect(other).to.deep.equal(seen[0]);
  });

  it("T-01: shows the same last digits for a name as often as it is asked for", async () => {
    const tenantId = await lab.newTenant({}, [testUser(3, { mobile: null })]);
    for (const names of [
      ["nobody", "NOBODY "],
      ["user3", "USER3"],
    ]) {
      const digits = await Promise.all(
        names.map(async (name) => {
          const choice = await lab.expectStep(await lab.atChoice(tenantId, name), "choose");
          return choice.options[0]?.lastDigits;
        }),
      );
      expect(digits[0])
        .to.match(/^[0-9]{2}$/)
        .and.to.equal(digits[1]);
    }
  });

  it("T-01: waits for no agent before the first proof", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    lab.script.view = () => new AppError("TIMEOUT");
    const key = await lab.begin(tenantId, "user1");
    await lab.service.chooseReason(key, 1, "forgot");
    await lab.expectStep(key, "choose");
    expect(await lab.noCode(key, "text", NUMBER)).to.equal("no_agent");
    await lab.expectStep(key, "code");
  });

  for (const [what, view, reason] of [
    ["disabled", { obstacle: "ACCOUNT_DISABLED" }, "ACCOUNT_DISABLED"],
    ["protected", { obstacle: "ACCOUNT_PROTECTED" }, "ACCOUNT_PROTECTED"],
    ["in no group of the policy", { groups: [] }, "not_in_policy"],
  ] as const)
    it(`W10: tells an account that is ${what} by mail and on screen after the proof`, async () => {
      const groups = [{ name: "staff", group: "CN=Staff,DC=contoso,DC=com" }];
      const tenantId = await lab.newTenant({ scope: reason === "not_in_policy" ? "groups" : "all", groups }, [
        jane,
      ]);
      lab.script.view = () => view;
      const key = await lab.atChoice(tenantId, "user1");
      const notice = await waitFor("the mail", async () => {
        await lab.clock.advance(1_000);
        return lab.notices.find((sent) => sent.kind === "reset_impossible" && sent.correlationId === key.id);
      });
      expect(notice.facts.reason).to.equal(reason);
      await waitFor("the audit", () => lab.auditOf(key, "attempt.impossible").length);
      const proven = await lab.enter(key, await lab.code(key, "text", NUMBER));
      expect(await lab.expectStep(proven, "impossible")).to.include({ reason });
      expect(await rejection(lab.service.draft(proven))).to.include({ code: "SESSION_ENDED" });
    });

  it("W10: sends that mail three times a day at most", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const untilSaid = (key: SessionKey): Promise<unknown> =>
      waitFor("the audit", async () => {
        await lab.clock.advance(1_000);
        return lab.auditOf(key, "attempt.impossible").length > 0;
      });
    lab.script.view = () => ({ obstacle: "ACCOUNT_DISABLED" });
    for (let times = 0; times < 5; times++) {
      await untilSaid(await lab.atChoice(tenantId, "user1"));
    }
    await untilSaid(await lab.atChoice(tenantId, "user1"));
    const mails = lab.notices.filter(
      (sent) => sent.tenantId === tenantId && sent.kind === "reset_impossible",
    );
    expect(mails).to.have.length(3);
  });

  it("T-02: lets a code be tried five times, and closes after ten wrong ones in a day, whatever the code", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.atChoice(tenantId, "user1");
    const otp = await lab.code(key, "text", NUMBER);
    for (let tries = 0; tries < 5; tries++) {
      await lab.enter(key, wrongOtp(otp));
      expect((await lab.screen(key)).problem).to.deep.equal({ kind: "wrong_code" });
    }
    await lab.enter(key, otp);
    expect((await lab.screen(key)).problem).to.deep.equal({ kind: "code_expired" });

    await lab.clock.advance(11_000);
    await lab.service.resend(key, await lab.version(key));
    const second = await waitFor("another code", () =>
      lab.sent.at(-1)?.otp.reveal() === otp ? null : lab.sent.at(-1),
    );
    const another = await lab.atChoice(tenantId, "user1@contoso.com");
    await lab.service.chooseMethod(another, await lab.version(another), "recovery_code", null);
    for (let tries = 0; tries < 4; tries++) await lab.enter(another, "AAAAA-BBBBB-CCCCC");
    await lab.expectStep(another, "enter");
    await lab.enter(key, wrongOtp(second.otp.reveal()));
    await lab.expectStep(key, "blocked");

    await lab.enter(another, "AAAAA-BBBBB-CCCCD");
    const { until } = await lab.expectStep(another, "blocked");
    expect(until).to.be.closeTo(Date.now() + 86_400_000, 60_000);
    const fresh = await lab.begin(tenantId, "user1");
    await lab.service.chooseReason(fresh, 1, "forgot");
    await lab.expectStep(fresh, "blocked");
    const mails = await waitFor("the mail", () => lab.notices.filter((sent) => sent.tenantId === tenantId));
    expect(mails.map(({ kind }) => kind)).to.deep.equal(["self_service_blocked"]);
  });

  it("T-02: counts tries before they are made, so that many at once are not more", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const keys = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const key = await lab.begin(tenantId, "user1");
        await lab.service.chooseReason(key, 1, "forgot");
        await lab.expectStep(key, "choose");
        await lab.service.chooseMethod(key, 2, "recovery_code", null);
        return key;
      }),
    );
    await Promise.all(keys.map((key, at) => lab.service.enterCode(key, 3, `AAAAA-BBBBB-CCC${at}`)));
    const tried = await waitFor("the tries", () => {
      const audited = keys.flatMap((key) => lab.auditOf(key, "attempt.failed"));
      return audited.length >= 10 && audited;
    });
    expect(tried).to.have.length(10);
    for (const key of keys) expect((await lab.screen(key)).step).to.be.oneOf(["blocked", "enter"]);
  });

  it("T-02: closes for a name nobody has just as for others, and mails nobody", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.atChoice(tenantId, "nobody");
    await lab.service.chooseMethod(key, await lab.version(key), "authenticator", null);
    for (let tries = 0; tries < 10; tries++) await lab.enter(key, "123456");
    await lab.expectStep(key, "blocked");
    await waitFor("the audit", () => lab.auditOf(key, "attempt.blocked").length);
    expect(lab.notices.filter((sent) => sent.tenantId === tenantId)).to.be.empty;
  });

  it("T-03: asks everybody for two proofs once too many codes of a tenant were wrong, and tells the administrators once", async () => {
    const tenantId = await lab.newTenant({ admins: { emails: ["security@contoso.com"] } }, [jane]);
    for (let name = 0; name < 6; name++) {
      const key = await lab.atChoice(tenantId, `spray${name}`);
      await lab.service.chooseMethod(key, await lab.version(key), "authenticator", null);
      for (let tries = 0; tries < 9; tries++) await lab.enter(key, "123456");
    }
    await lab.clock.advance(1_001);
    expect(await lab.service.breakerOpen(tenantId)).to.equal(true);
    const key = await lab.atChoice(tenantId, "user1");
    const otp = await lab.code(key, "text", NUMBER);
    expect(otp).to.have.length(6);
    // The hour ends: a short code is still not enough alone.
    await lab.store.redis.del(`lk:{${tenantId}}:limit:tenant:failed-codes`);
    await lab.clock.advance(1_001);
    expect(await lab.service.breakerOpen(tenantId)).to.equal(false);
    const proven = await lab.enter(key, otp);
    expect(await lab.expectStep(proven, "choose")).to.include({ proven: 1, required: 2 });
    const mails = lab.notices.filter((sent) => sent.tenantId === tenantId);
    expect(mails.map(({ kind, facts }) => [kind, facts.failed])).to.deep.equal([
      ["admin_breaker_opened", "50"],
    ]);
  });

  it("T-04: keeps no code, number or secret in Redis, and no digest after its use", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.atChoice(tenantId, "user1");
    const otp = await lab.code(key, "text", "0470000001");
    const stored = await lab.store.redis.get(`lk:{${tenantId}}:attempt:${key.id}`);
    for (const secret of [otp, "470000001", key.secret.reveal()]) expect(stored).to.not.include(secret);
    const digest = (await lab.attempts.find(tenantId, key.id))?.chosen?.challenge?.digest ?? "";
    expect(digest).to.have.length(43);

    await lab.enter(key, otp);
    expect(await lab.store.redis.get(`lk:{${tenantId}}:attempt:${key.id}`)).to.not.include(digest);
    expect(await lab.store.redis.pttl(`lk:{${tenantId}}:attempt:${key.id}`)).to.be.within(1, 900_000);
  });

  it("T-10: knows nobody by the secret from before the proof, but the second half of a double click", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.atChoice(tenantId, "user1");
    const otp = await lab.code(key, "text", NUMBER);
    const version = await lab.version(key);
    const [first, second] = await Promise.all([
      lab.service.enterCode(key, version, otp),
      lab.service.enterCode(key, version, otp),
    ]);
    expect(first.secret.reveal()).to.equal(second.secret.reveal());
    expect((await lab.expectStep(first, "password")).problem).to.equal(null);
    expect(await rejection(lab.service.screen(key))).to.include({ code: "SESSION_ENDED" });
    expect(await rejection(lab.service.enterCode(key, version, wrongOtp(otp)))).to.include({
      code: "SESSION_ENDED",
    });
    expect(await rejection(lab.service.draft(key))).to.include({ code: "SESSION_ENDED" });
    const made = { ...key, id: "01ARZ3NDEKTSV4RRFFQ69G5FAV" };
    expect(await rejection(lab.service.screen(made))).to.include({ code: "SESSION_ENDED" });
  });

  it("T-11: never touches the account, and lets a helpdesk lift the block", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const before = lab.script.writeback.submitted.length;
    const key = await lab.atChoice(tenantId, "user1");
    await lab.service.chooseMethod(key, await lab.version(key), "recovery_code", null);
    for (let tries = 0; tries < 10; tries++) await lab.enter(key, "AAAAA-BBBBB-CCCCC");
    await lab.expectStep(key, "blocked");
    expect(lab.script.writeback.submitted).to.have.length(before);
    expect(await lab.limits.clearPerson(tenantId, ONE)).to.be.greaterThan(0);
    await lab.expectStep(await lab.proven(tenantId, "user1", NUMBER), "password");
  });

  it("T-29: brings sixty mails an hour to the administrators at most, from however many networks", async () => {
    const tenantId = await lab.newTenant({ contact: { emails: ["help@contoso.com"] } }, [jane]);
    const ask = async (network: number): Promise<SessionKey> => {
      const key = await lab.begin(tenantId, "user1", `198.18.${network}.1`);
      return lab.service.askAdministrator(key, 1, "please");
    };
    for (let network = 0; network < 60; network++) await ask(network);
    expect(await rejection(ask(60))).to.include({ code: "RATE_LIMITED" });
  });

  it("T-12: asks accounts with power for two proofs, and never for answers", async () => {
    const tenantId = await lab.newTenant({ default: { methods: ["text", "email", "questions"] } }, [jane]);
    await lab.register(tenantId, ONE, await questions(lab));
    lab.script.view = () => ({ protected: true });
    let key = await lab.atChoice(tenantId, "user1");
    key = await lab.enter(key, await lab.code(key, "text", NUMBER));
    const choice = await lab.expectStep(key, "choose");
    expect(choice.required).to.equal(2);
    expect(choice.options.map(({ method }) => method)).to.deep.equal(["email"]);
    await lab.service.chooseMethod(key, choice.version, "questions", null);
    expect((await lab.expectStep(key, "choose")).problem).to.deep.equal({ kind: "method_used" });
  });

  it("takes answers as the second proof alone, and to the questions asked alone", async () => {
    const rules = { methods: ["text", "questions"], methodsRequired: 2, questions: { answer: 2 } } as const;
    const tenantId = await lab.newTenant({ default: { ...rules, methods: [...rules.methods] } }, [jane]);
    await lab.register(tenantId, ONE, await questions(lab));
    let key = await lab.atChoice(tenantId, "user1");
    await lab.service.chooseMethod(key, await lab.version(key), "questions", null);
    expect((await lab.expectStep(key, "choose")).problem).to.deep.equal({ kind: "method_used" });
    key = await lab.enter(key, await lab.code(key, "text", NUMBER));
    await lab.service.chooseMethod(key, await lab.version(key), "questions", null);
    const { questionIds } = await lab.expectStep(key, "questions");
    expect(questionIds).to.have.length(2);
    const answer = async (ids: readonly string[], text: (id: string) => string): Promise<SessionKey> =>
      lab.service.answerQuestions(
        key,
        await lab.version(key),
        Object.fromEntries(ids.map((id) => [id, text(id)])),
      );

    await answer(questionIds.slice(0, 1), (id) => `Answer to ${id}`);
    expect((await lab.expectStep(key, "questions")).problem).to.deep.equal({ kind: "wrong_answers" });
    await answer(questionIds, () => "something else");
    await lab.expectStep(key, "questions");
    key = await answer(questionIds, (id) => ` ANSWER to ${id}!`);
    await lab.expectStep(key, "password");
  });

  it("takes the code of an authenticator once, and each recovery code once", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const secret = newAuthenticatorSecret();
    const codes = newRecoveryCodes();
    await lab.register(tenantId, ONE, {
      authenticator: {
        sealedSecret: sealAuthenticatorSecret(lab.portalKeys, tenantId, ONE, secret),
        confirmedAt: 1,
        lastStep: 0,
      },
      recoveryCodes: codes.map((code) => ({
        digest: recoveryCodeDigest(lab.portalKeys, tenantId, ONE, code),
        usedAt: null,
      })),
    });
    const otp = new TOTP({ secret: OtpSecret.fromHex(secret.reveal().toString("hex")) }).generate({
      timestamp: lab.clock.now(),
    });
    for (const [method, typed] of [
      ["authenticator", otp],
      ["recovery_code", codes[3]?.toLowerCase() ?? ""],
    ] as const) {
      const tryIt = async (): Promise<SessionKey> => {
        const key = await lab.atChoice(tenantId, "user1");
        await lab.service.chooseMethod(key, await lab.version(key), method, null);
        return lab.enter(key, typed);
      };
      await lab.expectStep(await tryIt(), "password");
      expect((await lab.expectStep(await tryIt(), "enter")).problem).to.deep.equal({ kind: "wrong_code" });
    }
  });

  it("refuses a code that is over, and one that a newer one replaced", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.atChoice(tenantId, "user1");
    const first = await lab.code(key, "text", NUMBER);
    await lab.clock.advance(10_000);
    const before = lab.sent.length;
    await lab.service.resend(key, await lab.version(key));
    const second = await waitFor("another code", () => lab.sent[before]?.otp.reveal());
    await lab.enter(key, first);
    expect((await lab.expectStep(key, "code")).problem).to.deep.equal({ kind: "wrong_code" });
    await lab.clock.advance(4 * 60_000);
    await lab.enter(key, "1");
    await lab.clock.advance(60_001);
    await lab.enter(key, second);
    expect((await lab.expectStep(key, "code")).problem).to.deep.equal({ kind: "code_expired" });
  });

  it("ends after five minutes without an action, and after fifteen in any case", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const idle = await lab.begin(tenantId, "user1");
    await lab.clock.advance(4 * 60_000);
    await lab.expectStep(idle, "reason");
    await lab.clock.advance(60_000);
    expect(await rejection(lab.service.screen(idle))).to.include({ code: "SESSION_ENDED" });

    const busy = await lab.atChoice(tenantId, "user1");
    for (let minutes = 4; minutes <= 16; minutes += 4) {
      await lab.service.chooseMethod(busy, await lab.version(busy), "authenticator", null);
      await lab.service.chooseAgain(busy, await lab.version(busy));
      await lab.clock.advance(4 * 60_000);
    }
    expect(await rejection(lab.service.chooseAgain(busy, 9))).to.include({ code: "SESSION_ENDED" });
    const ended = await lab.begin(tenantId, "user1");
    await lab.service.end(ended);
    await lab.service.end(ended);
    expect(await rejection(lab.service.screen(ended))).to.include({ code: "SESSION_ENDED" });
  });

  it("leads a form of an earlier screen to the present one, and does not mind a double click", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.begin(tenantId, "user1");
    await Promise.all([1, 2].map(() => lab.service.chooseReason(key, 1, "forgot")));
    expect(await lab.expectStep(key, "choose")).to.include({ problem: null, version: 2 });
    await lab.service.chooseReason(key, 1, "locked");
    expect(await lab.expectStep(key, "choose")).to.deep.include({ problem: { kind: "stale" }, version: 2 });
    await lab.service.enterCode(key, 2, "12345678");
    await lab.expectStep(key, "choose");
    await lab.service.chooseMethod(key, 2, "authenticator", null);
    expect(await lab.expectStep(key, "enter")).to.include({ problem: null });
  });

  it("makes one job of a password that is sent twice at the same time", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.proven(tenantId, "user1", NUMBER);
    const before = lab.script.writeback.submitted.length;
    await Promise.all([lab.submit(key), lab.submit(key)]);
    await lab.expectStep(key, "done");
    expect(lab.script.writeback.submitted).to.have.length(before + 1);
  });

  it("lets a network begin thirty times an hour", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    for (let times = 0; times < 30; times++) await lab.begin(tenantId, "user1", `203.0.113.${times}`);
    const error = await rejection(lab.begin(tenantId, "user1", "203.0.113.99"));
    expect(error).to.include({ code: "RATE_LIMITED" });
    expect(error.details["until"]).to.be.closeTo(Date.now() + 3_600_000, 60_000);
    await lab.begin(tenantId, "user1", "203.0.114.1");
  });
});

/** Without what differs by chance or by time alone. */
const masked = (screen: ResetScreen): unknown =>
  JSON.parse(
    JSON.stringify({ ...screen, attemptId: "", userName: "" }, (name, value: unknown) =>
      name === "lastDigits" && typeof value === "string" && /^[0-9]{2}$/.test(value) ? "##" : value,
    ).replaceAll(/"(resendAt|expiresAt)":[0-9]+/g, '"$1":0'),
  );

async function questions({ portalKeys }: ResetLab): Promise<Partial<Registration>> {
  const answers = createAnswers({ portalKeys });
  const ids = ["first_concert", "school_trip", "lost_thing"];
  return {
    ...NO_REGISTRATION,
    questions: await Promise.all(
      ids.map(async (questionId) => ({
        questionId,
        answerHash: await answers.hash(questionId, `Answer to ${questionId}`),
      })),
    ),
  };
}
