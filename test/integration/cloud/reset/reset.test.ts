import { expect } from "chai";
import { AppError } from "../../../../shared/errors.ts";
import { Secret } from "../../../../shared/secret.ts";
import { makeVerdict } from "../../../../shared/writeback.ts";
import { testUser, userId } from "../../../support/directory-users.ts";
import { rejection } from "../../../support/rejection.ts";
import { NEVER, openResetLab, type ResetLab } from "../../../support/reset-lab.ts";
import { waitFor } from "../../../support/wait-for.ts";

const NUMBER = "0470 00 00 01";
const mail = "jane@elsewhere.example";
const jane = testUser(1, { alternateEmail: mail });

describe("reset: the way of a person", () => {
  let lab: ResetLab;
  before(async () => (lab = await openResetLab()));
  after(() => lab.close());

  it("leads from the name over one proof to a new password", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    let key = await lab.begin(tenantId, "USER1");
    expect(await lab.screen(key)).to.include({ step: "reason", userName: "USER1", problem: null });
    key = await lab.service.chooseReason(key, 1, "forgot");
    const choice = await lab.expectStep(key, "choose");
    expect(choice).to.include({ proven: 0, required: null });
    expect(choice.options.find(({ method }) => method === "text")).to.deep.equal({
      method: "text",
      lastDigits: "01",
    });

    await lab.examined(key);
    const otp = await lab.code(key, "text", NUMBER);
    expect(otp).to.match(/^[0-9]{8}$/);
    expect(lab.sent.at(-1)).to.include({ to: "+32470000001", channel: "text", correlationId: key.id });
    const proven = await lab.enter(key, `${otp.slice(0, 4)} ${otp.slice(4)}`);
    expect(proven.secret.reveal()).to.not.equal(key.secret.reveal());
    const password = await lab.expectStep(proven, "password");
    expect(password.rule?.minLength).to.equal(12);
    expect(password.names).to.include("user1");

    await lab.submit(proven);
    const done = await lab.expectStep(proven, "done");
    expect(done.verdict.passwordSet).to.equal(true);
    expect(lab.script.writeback.submitted.at(-1)).to.deep.include({
      userId: userId(1),
      operation: "reset",
      methods: ["text"],
      unlock: true,
      mustChange: false,
    });
    const notice = await waitFor("the notice", () =>
      lab.notices.find(({ kind, tenantId: of }) => kind === "password_reset" && of === tenantId),
    );
    expect(notice.emails).to.deep.equal([mail, "User1@contoso.com"]);
    await waitFor("the audit", () => lab.auditOf(key, "attempt.submitted").length);
    expect(lab.auditOf(key).map(({ action }) => action)).to.include.members([
      "attempt.started",
      "otp.sent",
      "attempt.proven",
      "attempt.submitted",
    ]);
    expect(lab.auditOf(key, "attempt.submitted")[0]?.details).to.include({ sealedBy: "cloud" });
  });

  it("unlocks without a new password", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.proven(tenantId, "user1", NUMBER, "locked");
    const { version } = await lab.expectStep(key, "unlock");

    await lab.service.unlock(key, version, NEVER);

    expect(await lab.expectStep(key, "done")).to.include({ operation: "unlock" });
    expect(lab.script.writeback.submitted.at(-1)).to.include({ operation: "unlock" });
    expect(lab.script.writeback.sealedTo.at(-1)).to.be.empty;
  });

  it("says after the proof that the policy has no unlock", async () => {
    const tenantId = await lab.newTenant({ default: { unlock: false } }, [jane]);
    const key = await lab.proven(tenantId, "user1", NUMBER, "locked");
    expect(await lab.expectStep(key, "impossible")).to.include({ reason: "unlock_off" });
  });

  it("asks for two proofs of different kinds where the policy does", async () => {
    const tenantId = await lab.newTenant({ default: { methodsRequired: 2 } }, [jane]);
    let key = await lab.atChoice(tenantId, "user1");
    const otp = await lab.code(key, "text", NUMBER);
    expect(otp).to.have.length(6);
    key = await lab.enter(key, otp);

    const choice = await lab.expectStep(key, "choose");
    expect(choice).to.include({ proven: 1, required: 2 });
    expect(choice.options.map(({ method }) => method)).to.deep.equal(["email"]);
    await lab.service.chooseMethod(key, choice.version, "call", NUMBER);
    expect((await lab.screen(key)).problem).to.deep.equal({ kind: "method_used" });

    key = await lab.enter(key, await lab.code(key, "email"));
    await lab.submit(key);
    expect(lab.script.writeback.submitted.at(-1)?.methods).to.deep.equal(["text", "email"]);
  });

  it("keeps who was refused at the password, with the rule, until one is taken", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.proven(tenantId, "user1", NUMBER);
    const refusals = ["PASSWORD_TOO_SHORT", "PASSWORD_IN_HISTORY"] as const;
    for (const code of refusals) {
      lab.script.writeback.decide = () => ({
        state: "rejected",
        code,
        verdict: makeVerdict("rejected", code, { server: "dc1" }),
      });
      await lab.submit(key, `refused ${code}`);
      const { problem } = await lab.expectStep(key, "password");
      expect(problem).to.deep.include({ kind: "password_refused" });
      expect(problem?.kind === "password_refused" && problem.verdict.code).to.equal(code);
    }
    lab.script.writeback.decide = () => ({ state: "applied", verdict: makeVerdict("applied", null) });
    await lab.submit(key, "accepted at last");
    await lab.expectStep(key, "done");
  });

  for (const [what, typed, repeated, kind] of [
    ["an empty password", "", "", "password_empty"],
    ["two different passwords", "one long password", "another password", "passwords_differ"],
    ["a password of 257 units", "x".repeat(257), "x".repeat(257), "password_too_long"],
  ] as const)
    it(`does not even submit ${what}`, async () => {
      const tenantId = await lab.newTenant({}, [jane]);
      const key = await lab.proven(tenantId, "user1", NUMBER);
      const before = lab.script.writeback.submitted.length;
      await lab.submit(key, typed, repeated);
      expect((await lab.expectStep(key, "password")).problem).to.deep.equal({ kind });
      expect(lab.script.writeback.submitted).to.have.length(before);
    });

  it("says that nothing was changed when the agents are gone between the proof and the password", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.proven(tenantId, "user1", NUMBER);
    lab.script.writeback.offline = true;
    expect(await rejection(lab.service.draft(key))).to.include({ code: "AGENT_OFFLINE" });
    await lab.submit(key);
    expect((await lab.expectStep(key, "password")).problem).to.deep.equal({
      kind: "not_applied",
      code: "AGENT_OFFLINE",
    });

    lab.script.writeback.offline = false;
    await lab.submit(key);
    await lab.expectStep(key, "done");
  });

  it("waits, says that it is unclear, and tells the truth by mail once it is known", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.proven(tenantId, "user1", NUMBER);
    lab.script.writeback.decide = () => ({ state: "granted" });
    const gone = AbortSignal.abort();
    const { version } = await lab.screen(key);
    const newPassword = new Secret("a new long password");
    await lab.service.submitPassword(
      key,
      version,
      { kind: "plain", newPassword, repeated: newPassword },
      gone,
    );
    await lab.expectStep(key, "waiting");

    const jobId = lab.script.writeback.submitted.at(-1)?.jobId ?? "";
    const verdict = makeVerdict("unknown", "VERDICT_UNKNOWN");
    lab.script.writeback.correct(jobId, { state: "unknown", code: "VERDICT_UNKNOWN", verdict });
    await lab.expectStep(key, "unclear");
    lab.script.writeback.correct(jobId, {
      state: "applied",
      code: null,
      verdict: makeVerdict("applied", null),
    });
    await waitFor("the truth", async () => {
      await lab.clock.advance(5_000);
      return lab.notices.find(({ kind, tenantId: of }) => kind === "outcome_known" && of === tenantId);
    });
    await lab.expectStep(key, "done");
    lab.script.writeback.decide = () => ({ state: "applied", verdict: makeVerdict("applied", null) });
  });

  it("takes a submit whose node died before the job was stored for one that did nothing", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.proven(tenantId, "user1", NUMBER);
    lab.script.writeback.decide = () => new AppError("STORE_UNAVAILABLE");
    expect(await rejection(lab.submit(key))).to.include({ code: "STORE_UNAVAILABLE" });
    await lab.expectStep(key, "waiting");
    await lab.clock.advance(31_000);
    const { problem } = await lab.expectStep(key, "password");
    expect(problem).to.deep.equal({ kind: "not_applied", code: "NOT_APPLIED" });
    lab.script.writeback.decide = () => ({ state: "applied", verdict: makeVerdict("applied", null) });
  });

  it("takes an order of the browser's sealing, and none that is not this attempt's", async () => {
    const tenantId = await lab.newTenant({}, [jane, testUser(2)]);
    const key = await lab.proven(tenantId, "user1", NUMBER);
    const { order, token } = await lab.service.draft(key);
    const sealed = [{ agentId: "A", keyId: "K", suite: "x25519", enc: "e", ciphertext: "c" }] as const;
    for (const change of [
      { userId: userId(2) },
      { operation: "unlock" as const },
      { methods: ["api"] },
      { mustChange: true },
      { tenantId: "another" },
    ]) {
      const submission = { kind: "sealed", order: { ...order, ...change }, token, sealed } as const;
      await lab.service.submitPassword(key, await lab.version(key), submission, NEVER);
      expect((await lab.screen(key)).problem).to.deep.equal({
        kind: "not_applied",
        code: "WRITEBACK_DRAFT_INVALID",
      });
    }
    await lab.service.submitPassword(
      ...([key, await lab.version(key), { kind: "sealed", order, token, sealed }, NEVER] as const),
    );
    await lab.expectStep(key, "done");
    await waitFor("the audit", () => lab.auditOf(key, "attempt.submitted").length);
    expect(lab.auditOf(key, "attempt.submitted")[0]?.details).to.include({ sealedBy: "browser" });
  });

  it("ends for somebody who was removed meanwhile", async () => {
    const tenantId = await lab.newTenant({}, [jane, ...[2, 3, 4].map((n) => testUser(n))]);
    const key = await lab.proven(tenantId, "user1", NUMBER);
    await lab.store.redis.del(...(await lab.store.redis.keys(`lk:{${tenantId}}:users:*`)));
    await lab.submit(key);
    expect(await lab.expectStep(key, "impossible")).to.include({ reason: "user_gone" });
  });

  it("shows an account that an agent refuses as impossible", async () => {
    const tenantId = await lab.newTenant({ contact: { emails: ["help@contoso.com"] } }, [jane]);
    const key = await lab.proven(tenantId, "user1", NUMBER);
    const code = "ACCOUNT_DISABLED";
    lab.script.writeback.decide = () => ({ state: "refused", code, verdict: makeVerdict("refused", code) });
    await lab.submit(key);
    expect(await lab.expectStep(key, "impossible")).to.deep.include({
      reason: "ACCOUNT_DISABLED",
      contact: { url: null, byMail: true },
    });
    lab.script.writeback.decide = () => ({ state: "applied", verdict: makeVerdict("applied", null) });
  });

  it("asks the administrators once an attempt, and says whether anything was proven", async () => {
    const tenantId = await lab.newTenant({ contact: { emails: ["help@contoso.com"] } }, [jane]);
    const key = await lab.begin(tenantId, "user1");
    await lab.service.askAdministrator(key, 1, `please ${"x".repeat(600)}`);
    await lab.service.askAdministrator(key, await lab.version(key), "again");
    const asked = await waitFor("the mail", () => lab.notices.filter(({ tenantId: of }) => of === tenantId));
    await waitFor("the audit", () => lab.auditOf(key, "attempt.admin_asked").length);
    expect(asked).to.have.length(1);
    expect(asked[0]).to.deep.include({ kind: "admin_contact_request", emails: ["help@contoso.com"] });
    expect(asked[0]?.facts).to.include({ proven: "no", userName: "user1" });
    expect(asked[0]?.facts.message).to.have.length(500);
  });

  it("tells the administrators of a privileged reset", async () => {
    const tenantId = await lab.newTenant({ admins: { emails: ["security@contoso.com"] } }, [jane]);
    lab.script.view = () => ({ protected: true, obstacle: null });
    let key = await lab.atChoice(tenantId, "user1");
    key = await lab.enter(key, await lab.code(key, "text", NUMBER));
    key = await lab.enter(key, await lab.code(key, "email"));
    lab.script.view = () => ({});
    await lab.submit(key);
    const notice = await waitFor("the notice", () =>
      lab.notices.find(({ kind }) => kind === "admin_privileged_reset"),
    );
    expect(notice.emails).to.deep.equal(["security@contoso.com"]);
    expect(notice.facts).to.include({ method: "text,email", operation: "reset" });
  });
});
