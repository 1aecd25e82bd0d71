import { expect } from "chai";
import { Secret as OtpSecret, TOTP } from "otpauth";
import { createAnswers } from "../../../../cloud/methods/answers.ts";
import { newAuthenticatorSecret, sealAuthenticatorSecret } from "../../../../cloud/methods/authenticator.ts";
import { newRecoveryCodes, recoveryCodeDigest } from "../../../../cloud/methods/recovery-codes.ts";
import type { ResetScreen } from "../../../../cloud/reset/reset-service.ts";
import { NO_REGISTRATION, type Registration } from "../../../../cloud/store/registration-record.ts";
import type { SessionKey } from "../../../../cloud/visits/visit.ts";
import { AppError } from "../../../../shared/errors.ts";
import { testUser, userId } from "../../../support/directory-users.ts";
import { rejection } from "../../../support/rejection.ts";
import { type ResetHost, startResetHost, wrongOtp } from "../../../support/reset-host.ts";
import { waitFor } from "../../../support/wait-for.ts";

const NUMBER = "+32 470 00 00 01";
const ONE = userId(1);
const jane = testUser(1, { alternateEmail: "jane@elsewhere.example" });

describe("reset: abuse", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());
  afterEach(() => {
    host.script.view = () => ({});
  });

  it("shows a stranger the same screens for every name (T-01)", async () => {
    const people = [
      testUser(1),
      testUser(2, { enabled: false }),
      testUser(3, { mobile: null }),
      testUser(4, { mobile: "+32470000099" }),
    ];
    const tenantId = await host.newTenant({}, people);
    await host.sync(tenantId, [testUser(4)]); // the number is too new
    host.script.view = (id) => (id === userId(2) ? { obstacle: "ACCOUNT_DISABLED" } : {});
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
      const key = await host.begin(tenantId, name);
      const look = async (): Promise<number> => screens.push(await host.screen(key));
      await look();
      await host.service.chooseReason(key, 1, "forgot");
      await look();
      await host.service.chooseMethod(key, 2, "text", "0470 12 34 56");
      await look();
      await host.service.enterCode(key, 3, "12345678");
      await look();
      await host.service.resend(key, 4);
      await look();
      await host.service.chooseAgain(key, 5);
      await host.service.chooseMethod(key, 6, "recovery_code", null);
      await host.service.enterCode(key, 7, "AAAAA-BBBBB-CCCCC");
      await look();
      seen.push(screens.map(masked));
    }
    for (const other of seen) expect(other).to.deep.equal(seen[0]);
  });

  it("always shows the same last digits for a name (T-01)", async () => {
    const tenantId = await host.newTenant({}, [testUser(3, { mobile: null })]);
    for (const names of [
      ["nobody", "NOBODY "],
      ["user3", "USER3"],
    ]) {
      const digits = await Promise.all(
        names.map(async (name) => {
          const choice = await host.expectStep(await host.atChoice(tenantId, name), "choose");
          return choice.options[0]?.lastDigits;
        }),
      );
      expect(digits[0])
        .to.match(/^[0-9]{2}$/)
        .and.to.equal(digits[1]);
    }
  });

  it("waits for no agent before the first proof (T-01)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    host.script.view = () => new AppError("TIMEOUT");
    const key = await host.begin(tenantId, "user1");
    await host.service.chooseReason(key, 1, "forgot");
    await host.expectStep(key, "choose");
    expect(await host.noCode(key, "text", NUMBER)).to.equal("no_agent");
    await host.expectStep(key, "code");
  });

  for (const [what, view, reason] of [
    ["disabled", { obstacle: "ACCOUNT_DISABLED" }, "ACCOUNT_DISABLED"],
    ["protected", { obstacle: "ACCOUNT_PROTECTED" }, "ACCOUNT_PROTECTED"],
    ["in no group of the policy", { groups: [] }, "not_in_policy"],
    [
      "perhaps in a group of the policy that the directory does not have",
      { groups: [], missingGroups: ["CN=Staff,DC=contoso,DC=com"] },
      "policy_group_missing",
    ],
  ] as const)
    it(`tells by email, and on screen after the proof, that an account is ${what} (W10)`, async () => {
      const groups = [{ name: "staff", group: "CN=Staff,DC=contoso,DC=com" }];
      const tenantId = await host.newTenant(
        { scope: reason === "not_in_policy" ? "groups" : "all", groups },
        [jane],
      );
      host.script.view = () => view;
      const key = await host.atChoice(tenantId, "user1");
      const notice = await waitFor("the mail", async () => {
        await host.clock.advance(1_000);
        return host.notices.find((sent) => sent.kind === "reset_impossible" && sent.correlationId === key.id);
      });
      expect(notice.facts.reason).to.equal(reason);
      await waitFor("the audit", () => host.auditOf(key, "attempt.impossible").length);
      const [entry] = host.auditOf(key, "attempt.impossible");
      expect(entry?.details?.["missingGroups"]).to.equal(
        reason === "policy_group_missing" ? "CN=Staff,DC=contoso,DC=com" : undefined,
      );
      const proven = await host.enter(key, await host.code(key, "text", NUMBER));
      expect(await host.expectStep(proven, "impossible")).to.include({ reason });
      expect(await rejection(host.service.draft(proven))).to.include({ code: "SESSION_ENDED" });
    });

  it("sends that email at most three times a day (W10)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const untilSaid = (key: SessionKey): Promise<unknown> =>
      waitFor("the audit", async () => {
        await host.clock.advance(1_000);
        return host.auditOf(key, "attempt.impossible").length > 0;
      });
    host.script.view = () => ({ obstacle: "ACCOUNT_DISABLED" });
    for (let times = 0; times < 5; times++) {
      await untilSaid(await host.atChoice(tenantId, "user1"));
    }
    await untilSaid(await host.atChoice(tenantId, "user1"));
    const mails = host.notices.filter(
      (sent) => sent.tenantId === tenantId && sent.kind === "reset_impossible",
    );
    expect(mails).to.have.length(3);
  });

  it("allows five tries per code, and blocks the person after ten wrong codes in a day (T-02)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.atChoice(tenantId, "user1");
    const otp = await host.code(key, "text", NUMBER);
    for (let tries = 0; tries < 5; tries++) {
      await host.enter(key, wrongOtp(otp));
      expect((await host.screen(key)).problem).to.deep.equal({ kind: "wrong_code" });
    }
    await host.enter(key, otp);
    expect((await host.screen(key)).problem).to.deep.equal({ kind: "code_expired" });

    await host.clock.advance(11_000);
    await host.service.resend(key, await host.version(key));
    const second = await waitFor("another code", () =>
      host.sent.at(-1)?.otp.reveal() === otp ? null : host.sent.at(-1),
    );
    const another = await host.atChoice(tenantId, "user1@contoso.com");
    await host.service.chooseMethod(another, await host.version(another), "recovery_code", null);
    for (let tries = 0; tries < 4; tries++) await host.enter(another, "AAAAA-BBBBB-CCCCC");
    await host.expectStep(another, "enter");
    await host.enter(key, wrongOtp(second.otp.reveal()));
    await host.expectStep(key, "blocked");

    await host.enter(another, "AAAAA-BBBBB-CCCCD");
    const { until } = await host.expectStep(another, "blocked");
    expect(until).to.be.closeTo(Date.now() + 86_400_000, 60_000);
    const fresh = await host.begin(tenantId, "user1");
    await host.service.chooseReason(fresh, 1, "forgot");
    await host.expectStep(fresh, "blocked");
    const mails = await waitFor("the mail", () => host.notices.filter((sent) => sent.tenantId === tenantId));
    expect(mails.map(({ kind }) => kind)).to.deep.equal(["self_service_blocked"]);
  });

  it("counts tries before they are made, so that many at once do not exceed the limit (T-02)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const keys = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const key = await host.begin(tenantId, "user1");
        await host.service.chooseReason(key, 1, "forgot");
        await host.expectStep(key, "choose");
        await host.service.chooseMethod(key, 2, "recovery_code", null);
        return key;
      }),
    );
    await Promise.all(keys.map((key, at) => host.service.enterCode(key, 3, `AAAAA-BBBBB-CCC${at}`)));
    const tried = await waitFor("the tries", () => {
      const audited = keys.flatMap((key) => host.auditOf(key, "attempt.failed"));
      return audited.length >= 10 && audited;
    });
    expect(tried).to.have.length(10);
    for (const key of keys) expect((await host.screen(key)).step).to.be.oneOf(["blocked", "enter"]);
  });

  it("blocks an unknown name as it blocks others, and sends no email (T-02)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.atChoice(tenantId, "nobody");
    await host.service.chooseMethod(key, await host.version(key), "authenticator", null);
    for (let tries = 0; tries < 10; tries++) await host.enter(key, "123456");
    await host.expectStep(key, "blocked");
    await waitFor("the audit", () => host.auditOf(key, "attempt.blocked").length);
    expect(host.notices.filter((sent) => sent.tenantId === tenantId)).to.be.empty;
  });

  it("asks all users for two proofs while codes of many users fail from many networks, and notifies the administrators once (T-03)", async () => {
    const people = Array.from({ length: 7 }, (_, number) =>
      testUser(number, { alternateEmail: `user${number}@elsewhere.example` }),
    );
    const limits = { attack: { users: 5, networks: 5, percentOfUsers: 2 } };
    const tenantId = await host.newTenant({ admins: { emails: ["security@contoso.com"] }, limits }, people);
    for (let name = 2; name < 7; name++) {
      const key = await host.atChoice(tenantId, `user${name}`);
      await host.service.chooseMethod(key, await host.version(key), "recovery_code", null);
      for (let tries = 0; tries < 2; tries++) await host.enter(key, "AAAAA-BBBBB-CCCCC");
    }
    await host.clock.advance(1_001);
    expect(await host.service.underAttack(tenantId)).to.equal(true);
    const key = await host.atChoice(tenantId, "user1");
    const otp = await host.code(key, "text", NUMBER);
    expect(otp).to.have.length(10);
    // The hour ends: the visit goes on as it began.
    await host.limits.clear(tenantId, [
      { name: "attacked_people", key: "attacked_people" },
      { name: "attacking_networks", key: "attacking_networks" },
    ]);
    await host.clock.advance(1_001);
    expect(await host.service.underAttack(tenantId)).to.equal(false);
    const proven = await host.enter(key, otp);
    expect(await host.expectStep(proven, "choose")).to.include({ proven: 1, required: 2 });
    const mails = host.notices.filter((sent) => sent.tenantId === tenantId);
    expect(mails.map(({ kind, facts }) => [kind, facts.failed])).to.deep.equal([
      ["admin_breaker_opened", "5"],
    ]);
  });

  it("keeps no code, number or secret in Redis, and no digest after its use (T-04)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.atChoice(tenantId, "user1");
    const otp = await host.code(key, "text", "0470000001");
    const stored = await host.store.redis.get(`lk:{${tenantId}}:attempt:${key.id}`);
    for (const secret of [otp, "470000001", key.secret.reveal()]) expect(stored).to.not.include(secret);
    const digest = (await host.attempts.find(tenantId, key.id))?.chosen?.challenge?.digest ?? "";
    expect(digest).to.have.length(43);

    await host.enter(key, otp);
    expect(await host.store.redis.get(`lk:{${tenantId}}:attempt:${key.id}`)).to.not.include(digest);
    expect(await host.store.redis.pttl(`lk:{${tenantId}}:attempt:${key.id}`)).to.be.within(1, 900_000);
  });

  it("refuses the secret from before the proof, except for the second half of a double click (T-10)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.atChoice(tenantId, "user1");
    const otp = await host.code(key, "text", NUMBER);
    const version = await host.version(key);
    const [first, second] = await Promise.all([
      host.service.enterCode(key, version, otp),
      host.service.enterCode(key, version, otp),
    ]);
    expect(first.secret.reveal()).to.equal(second.secret.reveal());
    expect((await host.expectStep(first, "password")).problem).to.equal(null);
    expect(await rejection(host.service.screen(key))).to.include({ code: "SESSION_ENDED" });
    expect(await rejection(host.service.enterCode(key, version, wrongOtp(otp)))).to.include({
      code: "SESSION_ENDED",
    });
    expect(await rejection(host.service.draft(key))).to.include({ code: "SESSION_ENDED" });
    const made = { ...key, id: "01ARZ3NDEKTSV4RRFFQ69G5FAV" };
    expect(await rejection(host.service.screen(made))).to.include({ code: "SESSION_ENDED" });
  });

  it("does not lock the account in the directory, and lets a helpdesk lift the block (T-11)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const before = host.script.writeback.submitted.length;
    const key = await host.atChoice(tenantId, "user1");
    await host.service.chooseMethod(key, await host.version(key), "recovery_code", null);
    for (let tries = 0; tries < 10; tries++) await host.enter(key, "AAAAA-BBBBB-CCCCC");
    await host.expectStep(key, "blocked");
    expect(host.script.writeback.submitted).to.have.length(before);
    expect(await host.limits.clearPerson(tenantId, ONE)).to.be.greaterThan(0);
    await host.expectStep(await host.proven(tenantId, "user1", NUMBER), "password");
  });

  it("sends administrators at most sixty emails an hour, from however many networks (T-29)", async () => {
    const tenantId = await host.newTenant({ contact: { emails: ["help@contoso.com"] } }, [jane]);
    const ask = async (network: number): Promise<SessionKey> => {
      const key = await host.begin(tenantId, "user1", `198.18.${network}.1`);
      return host.service.askAdministrator(key, 1, "please");
    };
    for (let network = 0; network < 60; network++) await ask(network);
    expect(await rejection(ask(60))).to.include({ code: "RATE_LIMITED" });
  });

  it("requires two proofs of privileged accounts, and never asks them questions (T-12)", async () => {
    const tenantId = await host.newTenant({ default: { methods: ["text", "email", "questions"] } }, [jane]);
    await host.register(tenantId, ONE, await questions(host));
    host.script.view = () => ({ protected: true });
    let key = await host.atChoice(tenantId, "user1");
    key = await host.enter(key, await host.code(key, "text", NUMBER));
    const choice = await host.expectStep(key, "choose");
    expect(choice.required).to.equal(2);
    expect(choice.options.map(({ method }) => method)).to.deep.equal(["email"]);
    await host.service.chooseMethod(key, choice.version, "questions", null);
    expect((await host.expectStep(key, "choose")).problem).to.deep.equal({ kind: "method_used" });
  });

  it("accepts answers only as the second proof, and only to the questions asked", async () => {
    const rules = { methods: ["text", "questions"], methodsRequired: 2, questions: { answer: 2 } } as const;
    const tenantId = await host.newTenant({ default: { ...rules, methods: [...rules.methods] } }, [jane]);
    await host.register(tenantId, ONE, await questions(host));
    let key = await host.atChoice(tenantId, "user1");
    await host.service.chooseMethod(key, await host.version(key), "questions", null);
    expect((await host.expectStep(key, "choose")).problem).to.deep.equal({ kind: "method_used" });
    key = await host.enter(key, await host.code(key, "text", NUMBER));
    await host.service.chooseMethod(key, await host.version(key), "questions", null);
    const { questionIds } = await host.expectStep(key, "questions");
    expect(questionIds).to.have.length(2);
    const answer = async (ids: readonly string[], text: (id: string) => string): Promise<SessionKey> =>
      host.service.answerQuestions(
        key,
        await host.version(key),
        Object.fromEntries(ids.map((id) => [id, text(id)])),
        1_000,
      );

    await answer(questionIds.slice(0, 1), (id) => `Answer to ${id}`);
    expect((await host.expectStep(key, "questions")).problem).to.deep.equal({ kind: "wrong_answers" });
    await answer(questionIds, () => "something else");
    await host.expectStep(key, "questions");
    key = await answer(questionIds, (id) => ` ANSWER to ${id}!`);
    await host.expectStep(key, "password");
  });

  it("accepts a code of an authenticator once, and each recovery code once", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const secret = newAuthenticatorSecret();
    const codes = newRecoveryCodes();
    await host.register(tenantId, ONE, {
      authenticator: {
        sealedSecret: sealAuthenticatorSecret(host.portalKeys, tenantId, ONE, secret),
        confirmedAt: 1,
        lastStep: 0,
      },
      recoveryCodes: codes.map((code) => ({
        digest: recoveryCodeDigest(host.portalKeys, tenantId, ONE, code),
        usedAt: null,
      })),
    });
    const app = new TOTP({ secret: OtpSecret.fromHex(secret.reveal().toString("hex")) });
    const otp = (ahead: number) => app.generate({ timestamp: host.clock.now() + ahead });
    const tryIt = async (
      method: "authenticator" | "recovery_code",
      ...typed: readonly string[]
    ): Promise<SessionKey> => {
      let key = await host.atChoice(tenantId, "user1");
      await host.service.chooseMethod(key, await host.version(key), method, null);
      for (const text of typed) key = await host.enter(key, text);
      return key;
    };
    const shown = [otp(0), otp(30_000)];
    for (const [method, ...typed] of [
      ["authenticator", ...shown],
      ["recovery_code", codes[3]?.toLowerCase() ?? ""],
    ] as const) {
      await host.expectStep(await tryIt(method, ...typed), "password");
      const again = await host.expectStep(await tryIt(method, ...typed), "enter");
      expect(again.problem).to.deep.equal({ kind: "wrong_code" });
    }
  });

  it("wants two codes of an authenticator that is the only proof, and one of two methods", async () => {
    const secret = newAuthenticatorSecret();
    const app = new TOTP({ secret: OtpSecret.fromHex(secret.reveal().toString("hex")) });
    for (const methodsRequired of [1, 2] as const) {
      const tenantId = await host.newTenant({ default: { methodsRequired } }, [jane]);
      await host.register(tenantId, ONE, {
        authenticator: {
          sealedSecret: sealAuthenticatorSecret(host.portalKeys, tenantId, ONE, secret),
          confirmedAt: 1,
          lastStep: 0,
        },
      });
      const key = await host.atChoice(tenantId, "user1");
      await host.service.chooseMethod(key, await host.version(key), "authenticator", null);
      const after = await host.enter(key, app.generate({ timestamp: host.clock.now() }));
      if (methodsRequired === 2) {
        await host.expectStep(after, "choose");
        continue;
      }
      expect(await host.expectStep(after, "enter")).to.include({ needsNextCode: true, problem: null });
      // The first code again proves nothing.
      await host.enter(after, app.generate({ timestamp: host.clock.now() }));
      expect(await host.expectStep(after, "enter")).to.deep.include({ problem: { kind: "wrong_code" } });
      const proven = await host.enter(after, app.generate({ timestamp: host.clock.now() + 30_000 }));
      await host.expectStep(proven, "password");
    }
  });

  it("rejects an expired code, and one that a newer code replaced", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.atChoice(tenantId, "user1");
    const first = await host.code(key, "text", NUMBER);
    await host.clock.advance(10_000);
    const before = host.sent.length;
    await host.service.resend(key, await host.version(key));
    const second = await waitFor("another code", () => host.sent[before]?.otp.reveal());
    await host.enter(key, first);
    expect((await host.expectStep(key, "code")).problem).to.deep.equal({ kind: "wrong_code" });
    await host.clock.advance(4 * 60_000);
    await host.enter(key, "1");
    await host.clock.advance(60_001);
    await host.enter(key, second);
    expect((await host.expectStep(key, "code")).problem).to.deep.equal({ kind: "code_expired" });
  });

  it("ends after five minutes without an action, and after fifteen in any case", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const idle = await host.begin(tenantId, "user1");
    await host.clock.advance(4 * 60_000);
    await host.expectStep(idle, "reason");
    await host.clock.advance(60_000);
    expect(await rejection(host.service.screen(idle))).to.include({ code: "SESSION_ENDED" });

    const busy = await host.atChoice(tenantId, "user1");
    for (let minutes = 4; minutes <= 16; minutes += 4) {
      await host.service.chooseMethod(busy, await host.version(busy), "authenticator", null);
      await host.service.chooseAgain(busy, await host.version(busy));
      await host.clock.advance(4 * 60_000);
    }
    expect(await rejection(host.service.chooseAgain(busy, 9))).to.include({ code: "SESSION_ENDED" });
    const ended = await host.begin(tenantId, "user1");
    await host.service.end(ended);
    await host.service.end(ended);
    expect(await rejection(host.service.screen(ended))).to.include({ code: "SESSION_ENDED" });
  });

  it("answers a form of an earlier screen with the current one, and tolerates a double click", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.begin(tenantId, "user1");
    await Promise.all([1, 2].map(() => host.service.chooseReason(key, 1, "forgot")));
    expect(await host.expectStep(key, "choose")).to.include({ problem: null, version: 2 });
    await host.service.chooseReason(key, 1, "locked");
    expect(await host.expectStep(key, "choose")).to.deep.include({ problem: { kind: "stale" }, version: 2 });
    await host.service.enterCode(key, 2, "12345678");
    await host.expectStep(key, "choose");
    await host.service.chooseMethod(key, 2, "authenticator", null);
    expect(await host.expectStep(key, "enter")).to.include({ problem: null });
  });

  it("makes one job of a password that is submitted twice at the same time", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.proven(tenantId, "user1", NUMBER);
    const before = host.script.writeback.submitted.length;
    await Promise.all([host.submit(key), host.submit(key)]);
    await host.expectStep(key, "done");
    expect(host.script.writeback.submitted).to.have.length(before + 1);
  });

  it("allows as many starts an hour per network as the policy says", async () => {
    const tenantId = await host.newTenant({ limits: { perNetwork: { starts: 30 } } }, [jane]);
    for (let times = 0; times < 30; times++) await host.begin(tenantId, "user1", `203.0.113.${times}`);
    const error = await rejection(host.begin(tenantId, "user1", "203.0.113.99"));
    expect(error).to.include({ code: "RATE_LIMITED" });
    expect(error.details["until"]).to.be.closeTo(Date.now() + 3_600_000, 60_000);
    await host.begin(tenantId, "user1", "203.0.114.1");
  });
});

/** Removes what differs by chance or by time alone. */
const masked = (screen: ResetScreen): unknown =>
  JSON.parse(
    JSON.stringify({ ...screen, attemptId: "", userName: "" }, (name, value: unknown) =>
      name === "lastDigits" && typeof value === "string" && /^[0-9]{2}$/.test(value) ? "##" : value,
    ).replaceAll(/"(resendAt|expiresAt)":[0-9]+/g, '"$1":0'),
  );

async function questions({ portalKeys }: ResetHost): Promise<Partial<Registration>> {
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
