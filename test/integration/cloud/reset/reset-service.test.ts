import { expect } from "chai";
import { AppError } from "../../../../shared/errors.ts";
import { Secret } from "../../../../shared/secret.ts";
import { makeVerdict } from "../../../../shared/writeback.ts";
import { testUser, userId } from "../../../support/directory-users.ts";
import { rejection } from "../../../support/rejection.ts";
import { NEVER, type ResetHost, startResetHost } from "../../../support/reset-host.ts";
import { waitFor } from "../../../support/wait-for.ts";

const NUMBER = "0470 00 00 01";
const mail = "jane@elsewhere.example";
const jane = testUser(1, { alternateEmail: mail });

describe("reset: from the name to the new password", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  it("leads from the name by one proof to a new password", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    let key = await host.begin(tenantId, "USER1");
    expect(await host.screen(key)).to.include({ step: "reason", userName: "USER1", problem: null });
    key = await host.service.chooseReason(key, 1, "forgot");
    const choice = await host.expectStep(key, "choose");
    expect(choice).to.include({ proven: 0, required: null });
    expect(choice.options.find(({ method }) => method === "text")).to.deep.equal({
      method: "text",
      lastDigits: "01",
    });

    await host.examined(key);
    const otp = await host.code(key, "text", NUMBER);
    expect(otp).to.match(/^[0-9]{8}$/);
    expect(host.sent.at(-1)).to.include({ to: "+32470000001", channel: "text", correlationId: key.id });
    const proven = await host.enter(key, `${otp.slice(0, 4)} ${otp.slice(4)}`);
    expect(proven.secret.reveal()).to.not.equal(key.secret.reveal());
    const password = await host.expectStep(proven, "password");
    expect(password.rule?.minLength).to.equal(12);
    expect(password.names).to.include("user1");

    await host.submit(proven);
    const done = await host.expectStep(proven, "done");
    expect(done.verdict.passwordSet).to.equal(true);
    expect(host.script.writeback.submitted.at(-1)).to.deep.include({
      userId: userId(1),
      operation: "reset",
      methods: ["text"],
      unlock: true,
      mustChange: false,
    });
    const notice = await waitFor("the notice", () =>
      host.notices.find(({ kind, tenantId: of }) => kind === "password_reset" && of === tenantId),
    );
    expect(notice.emails).to.deep.equal([mail, "User1@contoso.com"]);
    await waitFor("the audit", () => host.auditOf(key, "attempt.submitted").length);
    expect(host.auditOf(key).map(({ action }) => action)).to.include.members([
      "otp.sent",
      "attempt.proven",
      "attempt.submitted",
    ]);
    expect(host.auditOf(key, "attempt.submitted")[0]?.details).to.include({ sealedBy: "cloud" });
  });

  it("unlocks without a new password", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.proven(tenantId, "user1", NUMBER, "locked");
    const { version } = await host.expectStep(key, "unlock");

    await host.service.unlock(key, version, NEVER);

    expect(await host.expectStep(key, "done")).to.include({ operation: "unlock" });
    expect(host.script.writeback.submitted.at(-1)).to.include({ operation: "unlock" });
    expect(host.script.writeback.sealedTo.at(-1)).to.be.empty;
  });

  it("says after the proof that the policy does not allow unlocking", async () => {
    const tenantId = await host.newTenant({ default: { unlock: false } }, [jane]);
    const key = await host.proven(tenantId, "user1", NUMBER, "locked");
    expect(await host.expectStep(key, "impossible")).to.include({ reason: "unlock_off" });
  });

  it("requires two proofs of different factors where the policy does", async () => {
    const tenantId = await host.newTenant({ default: { methodsRequired: 2 } }, [jane]);
    let key = await host.atChoice(tenantId, "user1");
    const otp = await host.code(key, "text", NUMBER);
    expect(otp).to.have.length(6);
    key = await host.enter(key, otp);

    const choice = await host.expectStep(key, "choose");
    expect(choice).to.include({ proven: 1, required: 2 });
    expect(choice.options.map(({ method }) => method)).to.deep.equal(["email"]);
    await host.service.chooseMethod(key, choice.version, "call", NUMBER);
    expect((await host.screen(key)).problem).to.deep.equal({ kind: "method_used" });

    key = await host.enter(key, await host.code(key, "email"));
    await host.submit(key);
    expect(host.script.writeback.submitted.at(-1)?.methods).to.deep.equal(["text", "email"]);
  });

  it("keeps a refused attempt at the password step, with the rule, until a password is accepted", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.proven(tenantId, "user1", NUMBER);
    const refusals = ["PASSWORD_TOO_SHORT", "PASSWORD_IN_HISTORY"] as const;
    for (const code of refusals) {
      host.script.writeback.decide = () => ({
        state: "rejected",
        code,
        verdict: makeVerdict("rejected", code, { server: "dc1" }),
      });
      await host.submit(key, `refused ${code}`);
      const { problem } = await host.expectStep(key, "password");
      expect(problem).to.deep.include({ kind: "password_refused" });
      expect(problem?.kind === "password_refused" && problem.verdict.code).to.equal(code);
    }
    host.script.writeback.decide = () => ({ state: "applied", verdict: makeVerdict("applied", null) });
    await host.submit(key, "accepted at last");
    await host.expectStep(key, "done");
  });

  for (const [what, typed, repeated, kind] of [
    ["an empty password", "", "", "password_empty"],
    ["two different passwords", "one long password", "another password", "passwords_differ"],
    ["a password of 257 units", "x".repeat(257), "x".repeat(257), "password_too_long"],
  ] as const)
    it(`does not even submit ${what}`, async () => {
      const tenantId = await host.newTenant({}, [jane]);
      const key = await host.proven(tenantId, "user1", NUMBER);
      const before = host.script.writeback.submitted.length;
      await host.submit(key, typed, repeated);
      expect((await host.expectStep(key, "password")).problem).to.deep.equal({ kind });
      expect(host.script.writeback.submitted).to.have.length(before);
    });

  it("says that nothing was changed when the agents disconnect between the proof and the password", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.proven(tenantId, "user1", NUMBER);
    host.script.writeback.offline = true;
    expect(await rejection(host.service.draft(key))).to.include({ code: "AGENT_OFFLINE" });
    await host.submit(key);
    expect((await host.expectStep(key, "password")).problem).to.deep.equal({
      kind: "not_applied",
      code: "AGENT_OFFLINE",
    });

    host.script.writeback.offline = false;
    await host.submit(key);
    await host.expectStep(key, "done");
  });

  it("waits, says that the outcome is unclear, and emails it once it is known", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.proven(tenantId, "user1", NUMBER);
    host.script.writeback.decide = () => ({ state: "granted" });
    const gone = AbortSignal.abort();
    const { version } = await host.screen(key);
    const newPassword = new Secret("a new long password");
    await host.service.submitPassword(
      key,
      version,
      { kind: "plain", newPassword, repeated: newPassword },
      gone,
    );
    await host.expectStep(key, "waiting");

    const jobId = host.script.writeback.submitted.at(-1)?.jobId ?? "";
    const verdict = makeVerdict("unknown", "VERDICT_UNKNOWN");
    host.script.writeback.correct(jobId, { state: "unknown", code: "VERDICT_UNKNOWN", verdict });
    await host.expectStep(key, "unclear");
    host.script.writeback.correct(jobId, {
      state: "applied",
      code: null,
      verdict: makeVerdict("applied", null),
    });
    await waitFor("the truth", async () => {
      await host.clock.advance(5_000);
      return host.notices.find(({ kind, tenantId: of }) => kind === "outcome_known" && of === tenantId);
    });
    await host.expectStep(key, "done");
    host.script.writeback.decide = () => ({ state: "applied", verdict: makeVerdict("applied", null) });
  });

  it("does not say that nothing was changed while an unexpected error leaves it open", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.proven(tenantId, "user1", NUMBER);
    host.script.writeback.decide = () => new AppError("RECORD_CORRUPT");
    expect(await rejection(host.submit(key))).to.include({ code: "RECORD_CORRUPT" });
    await host.expectStep(key, "waiting");
    host.script.writeback.decide = () => ({ state: "applied", verdict: makeVerdict("applied", null) });
  });

  it("treats a submit whose node died before it stored the job as not applied", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.proven(tenantId, "user1", NUMBER);
    host.script.writeback.decide = () => new AppError("STORE_UNAVAILABLE");
    expect(await rejection(host.submit(key))).to.include({ code: "STORE_UNAVAILABLE" });
    await host.expectStep(key, "waiting");
    await host.clock.advance(31_000);
    const { problem } = await host.expectStep(key, "password");
    expect(problem).to.deep.equal({ kind: "not_applied", code: "NOT_APPLIED" });
    host.script.writeback.decide = () => ({ state: "applied", verdict: makeVerdict("applied", null) });
  });

  it("accepts an order sealed by the browser, and none of another attempt", async () => {
    const tenantId = await host.newTenant({}, [jane, testUser(2)]);
    const key = await host.proven(tenantId, "user1", NUMBER);
    const { order, token } = await host.service.draft(key);
    const sealed = [{ agentId: "A", keyId: "K", suite: "x25519", enc: "e", ciphertext: "c" }] as const;
    for (const change of [
      { userId: userId(2) },
      { operation: "unlock" as const },
      { methods: ["api"] },
      { mustChange: true },
      { tenantId: "another" },
    ]) {
      const submission = { kind: "sealed", order: { ...order, ...change }, token, sealed } as const;
      await host.service.submitPassword(key, await host.version(key), submission, NEVER);
      expect((await host.screen(key)).problem).to.deep.equal({
        kind: "not_applied",
        code: "WRITEBACK_DRAFT_INVALID",
      });
    }
    await host.service.submitPassword(
      ...([key, await host.version(key), { kind: "sealed", order, token, sealed }, NEVER] as const),
    );
    await host.expectStep(key, "done");
    await waitFor("the audit", () => host.auditOf(key, "attempt.submitted").length);
    expect(host.auditOf(key, "attempt.submitted")[0]?.details).to.include({ sealedBy: "browser" });
  });

  it("ends for a user who was removed in the meantime", async () => {
    const tenantId = await host.newTenant({}, [jane, ...[2, 3, 4].map((n) => testUser(n))]);
    const key = await host.proven(tenantId, "user1", NUMBER);
    await host.store.redis.del(...(await host.store.redis.keys(`lk:{${tenantId}}:users:*`)));
    await host.submit(key);
    expect(await host.expectStep(key, "impossible")).to.include({ reason: "user_gone" });
  });

  it("shows as impossible what an agent refuses for the account", async () => {
    const tenantId = await host.newTenant({ contact: { emails: ["help@contoso.com"] } }, [jane]);
    const key = await host.proven(tenantId, "user1", NUMBER);
    const code = "ACCOUNT_DISABLED";
    host.script.writeback.decide = () => ({ state: "refused", code, verdict: makeVerdict("refused", code) });
    await host.submit(key);
    expect(await host.expectStep(key, "impossible")).to.deep.include({
      reason: "ACCOUNT_DISABLED",
      contact: { url: null, byMail: true },
    });
    host.script.writeback.decide = () => ({ state: "applied", verdict: makeVerdict("applied", null) });
  });

  it("emails the administrators once per attempt, and says whether anything was proven", async () => {
    const tenantId = await host.newTenant({ contact: { emails: ["help@contoso.com"] } }, [jane]);
    const key = await host.begin(tenantId, "user1");
    await host.service.askAdministrator(key, 1, `please ${"x".repeat(600)}`);
    await host.service.askAdministrator(key, await host.version(key), "again");
    const asked = await waitFor("the mail", () => host.notices.filter(({ tenantId: of }) => of === tenantId));
    await waitFor("the audit", () => host.auditOf(key, "attempt.admin_asked").length);
    expect(asked).to.have.length(1);
    expect(asked[0]).to.deep.include({ kind: "admin_contact_request", emails: ["help@contoso.com"] });
    expect(asked[0]?.facts).to.include({ proven: "no", userName: "user1" });
    expect(asked[0]?.facts.message).to.have.length(500);
  });

  it("tells the administrators about a reset of a privileged account", async () => {
    const tenantId = await host.newTenant({ admins: { emails: ["security@contoso.com"] } }, [jane]);
    host.script.view = () => ({ protected: true, obstacle: null });
    let key = await host.atChoice(tenantId, "user1");
    key = await host.enter(key, await host.code(key, "text", NUMBER));
    key = await host.enter(key, await host.code(key, "email"));
    host.script.view = () => ({});
    await host.submit(key);
    const notice = await waitFor("the notice", () =>
      host.notices.find(({ kind }) => kind === "admin_privileged_reset"),
    );
    expect(notice.emails).to.deep.equal(["security@contoso.com"]);
    expect(notice.facts).to.include({ method: "text,email", operation: "reset" });
  });
});
