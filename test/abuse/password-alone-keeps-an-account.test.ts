/** Attacks of somebody who has the password for a few minutes and wants to keep the account after its owner resets it. */
import { expect } from "chai";
import { Secret as OtpSecret, TOTP } from "otpauth";
import { usableMethods } from "../../cloud/people/usable-methods.ts";
import { countingAt } from "../../cloud/people/waiting-methods.ts";
import { decidePolicy } from "../../cloud/policy/decide.ts";
import { keys } from "../../cloud/store/keys.ts";
import { createPersonEpochs } from "../../cloud/store/person-epochs.ts";
import { NO_REGISTRATION } from "../../cloud/store/registration-record.ts";
import { formsOf } from "../../lab/html-forms.ts";
import type { PortalClient } from "../../lab/portal-client.ts";
import { policySchema } from "../../shared/api/policy.ts";
import { HOUR_MS } from "../../shared/durations.ts";
import type { DirectoryUser } from "../../shared/user.ts";
import { makeVerdict } from "../../shared/writeback.ts";
import { applyReset } from "../support/applied-reset.ts";
import { PASSWORD, type RegistrationHost, startRegistrationHost } from "../support/registration-host.ts";
import { rejection } from "../support/rejection.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";

const THIEF = "thief@evil.example";

describe("a thief with the password alone", () => {
  let host: RegistrationHost;
  before(async () => (host = await startRegistrationHost()));
  after(() => host[Symbol.asyncDispose]());
  beforeEach(() => host.reset());

  const registrationOf = (user: DirectoryUser) => host.registrations.get(host.tenantId, user.id);
  /** Sends a form that the page does not offer, with the fields of one that it does. */
  async function force(client: PortalClient, path: string, form: Record<string, string> = {}): Promise<void> {
    await client.open("/register");
    const [first] = formsOf(client.page.body);
    const hidden = Object.fromEntries((first?.fields ?? []).map(({ name, value }) => [name, value]));
    await client.visitor.post(path, {
      csrf: hidden["csrf"] ?? "",
      version: hidden["version"] ?? "",
      ...form,
    });
    await client.open("/register");
  }
  async function setUpApp(client: PortalClient): Promise<void> {
    await client.submit("/register/authenticator");
    const secret = /<code class="secret">([A-Z2-7 ]+)<\/code>/.exec(client.page.body)?.[1] ?? "";
    const app = new TOTP({ secret: OtpSecret.fromBase32(secret.replaceAll(" ", "")) });
    await client.submit("/register/code", { otp: app.generate({ timestamp: host.clock.now() }) });
  }
  /** The forms by which methods change. */
  const CHANGES: readonly (readonly [path: string, form: Record<string, string>])[] = [
    ["/register/add", { what: "email", value: THIEF, channel: "email" }],
    ["/register/authenticator", {}],
    ["/register/recovery-codes", {}],
    ["/register/questions/save", { "question.0": "school_trip", "answer.0": "nowhere" }],
    ["/register/remove", { what: "mobile" }],
    ["/register/remove", { what: "authenticator" }],
  ];

  it("registers nothing with a first password, because the portal offers its change alone (finding 7, G09)", async () => {
    host.verdict = { ok: true, mustChange: true };
    const user = await host.person();
    const thief = await host.signedIn(user);

    expect(thief.page.path).to.equal("/change");
    for (const [path, form] of [...CHANGES, ["/register/confirmed", {}] as const]) {
      await force(thief, path, form);
      expect(thief.page.path, path).to.equal("/change");
    }
    expect(await registrationOf(user)).to.deep.equal(NO_REGISTRATION);
    expect(host.otps).to.deep.equal([]);

    await thief.submit("/change/password", {
      oldPassword: PASSWORD,
      newPassword: "N3w-1",
      repeated: "N3w-1",
    });
    expect(await thief.screen(), await thief.text()).to.equal("changed");
    await force(thief, "/register/authenticator");
    expect(await registrationOf(user)).to.deep.equal(NO_REGISTRATION);
    await thief.open("/register");
    await thief.submit("/register/cancel");
    expect(await thief.screen(), "signs in with the new password").to.equal("password");
  });

  it("neither removes nor adds a method, because a usable one has to be proved first (finding 7, T-07)", async () => {
    const user = await host.person();
    const owner = await host.proven(user);
    await setUpApp(owner);
    const before = await registrationOf(user);
    host.otps.length = 0;
    const thief = await host.signedIn(user);

    for (const [path, form] of CHANGES) {
      await force(thief, path, form);
      expect(await thief.text(), path).to.match(/password alone is not enough/i);
    }

    expect(await registrationOf(user)).to.deep.equal(before);
    expect(host.otps).to.deep.equal([]);
    await thief.submit("/register/verify/method", { method: "authenticator" });
    for (let tries = 0; tries < 5; tries++) await thief.submit("/register/code", { otp: "000000" });
    expect(await thief.text()).to.match(/too many incorrect codes/i);
    expect(host.audited.filter(({ action }) => action === "registration.proof_failed")).to.have.lengthOf(5);
    expect(await registrationOf(user)).to.deep.equal(before);
  });

  it("waits with a method of his own where the owner has none, and is told on (finding 7, S14)", async () => {
    const user = await host.person({ mobile: null, alternateEmail: null });
    host.policy = { scope: "all", contact: { emails: ["help@contoso.example"] } };
    const thief = await host.signedIn(user);
    expect(await thief.text()).to.include("only after 72 hours");
    await setUpApp(thief);

    const onFile = await registrationOf(user);
    const now = host.clock.now();
    const { rules } = decidePolicy(policySchema.parse(host.policy), {
      source: 1,
      groups: [],
      protected: false,
    });
    const usableAt = (at: number): number => {
      const stored = { ...user, source: 1, createdAt: 0, changedAt: 0, numberChangedAt: null };
      const person = { id: user.id, real: true, registration: countingAt(onFile, at), user: stored };
      return usableMethods(person as never, rules, host.channels, at).usable.length;
    };
    expect([usableAt(now + 71 * HOUR_MS), usableAt(now + 73 * HOUR_MS)]).to.deep.equal([0, 1]);
    expect(await thief.text()).to.match(/can be used from/);
    expect(host.notices.at(-1)).to.deep.include({ kind: "method_waits", emails: [user.userName] });
    expect(host.notices.at(-1)?.facts).to.include({ contact: "help@contoso.example" });
    expect(host.audited.at(-1)).to.include({ action: "registration.changed_unproven" });
  });

  it("loses his session when the owner resets the password, because it is of an older epoch (finding 7, G09)", async () => {
    const user = await host.person();
    const thief = await host.proven(user);
    await applyReset(host.cloud.store, { tenantId: host.tenantId, userId: user.id });

    await thief.submit("/register/authenticator");

    expect(await thief.screen()).to.equal("ended");
    expect(await thief.text()).to.match(/password of this account was just changed or reset/);
    expect(await registrationOf(user)).to.deep.equal(NO_REGISTRATION);
  });

  it("loses it too when the outcome is not known, and keeps it when nothing was changed (finding 7)", async () => {
    const { store } = host.cloud;
    const user = await host.person();
    const [thief, target] = [await host.signedIn(user), { tenantId: host.tenantId, userId: user.id }];
    await applyReset(store, target, makeVerdict("rejected", "PASSWORD_TOO_SHORT"));
    await thief.open("/register");
    expect(await thief.screen()).to.equal("register");
    await applyReset(store, target, makeVerdict("unknown", "VERDICT_UNKNOWN"));
    await thief.open("/register");

    expect(await thief.screen()).to.equal("ended");
  });

  it("cannot store a change that was under way when the owner reset, because the store compares the epoch (finding 7)", async () => {
    const user = await host.person();
    const within = { begins: "methods:late", within: [] };
    await applyReset(host.cloud.store, { tenantId: host.tenantId, userId: user.id });

    const change = host.registrations.update(host.tenantId, user.id, (present) => present, within);

    expect(await rejection(change)).to.deep.include({
      code: "SESSION_ENDED",
      details: { cause: "password" },
    });
  });

  it("loses his session when the owner changes a method or the helpdesk signs the person out (finding 7, G09)", async () => {
    const user = await host.person();
    const thief = await host.signedIn(user);
    const owner = await host.proven(user);
    await setUpApp(owner);
    await thief.open("/register");
    expect(await thief.text()).to.match(/changed in another session/);
    await owner.open("/register");
    expect(await owner.screen(), "the owner's own session goes on").to.equal("register");

    await createPersonEpochs(host.cloud).signOut(host.tenantId, user.id);
    await owner.open("/register");
    expect(await owner.text()).to.match(/ended by an administrator/);
    expect(await host.cloud.store.redis.pttl(keys.personEpoch(host.tenantId) + user.id)).to.be.above(
      15 * 60_000,
    );
  });
});

describe("a thief with an open reset attempt", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  it("loses it when the owner resets first, at the next step or with the code that was sent before (finding 7, G09)", async () => {
    const tenantId = await host.newTenant();
    const [user] = await host.users.search(tenantId, "", 1);
    const mobile = user?.mobile ?? "";
    const name = user?.userName ?? "";
    const proven = await host.proven(tenantId, name, mobile);
    const waiting = await host.atChoice(tenantId, name);
    const code = await host.code(waiting, "text", mobile);
    await applyReset(host.store, { tenantId, userId: user?.id ?? "" });

    expect(await rejection(host.submit(proven))).to.deep.include({
      code: "SESSION_ENDED",
      details: { cause: "password" },
    });
    expect(await rejection(host.enter(waiting, code))).to.include({ code: "SESSION_ENDED" });
    expect(host.script.writeback.submitted).to.deep.equal([]);
  });

  it("tells a stranger nothing: an attempt without a proof goes on (finding 7, R05)", async () => {
    const tenantId = await host.newTenant();
    const [user] = await host.users.search(tenantId, "", 1);
    const stranger = await host.atChoice(tenantId, user?.userName ?? "");
    await applyReset(host.store, { tenantId, userId: user?.id ?? "" });

    expect((await host.screen(stranger)).step).to.equal("choose");
  });

  it("is seen by the owner, who is shown what was registered lately (finding 7)", async () => {
    const tenantId = await host.newTenant();
    const [user] = await host.users.search(tenantId, "", 1);
    await host.register(tenantId, user?.id ?? "", {
      authenticator: { sealedSecret: "x", confirmedAt: host.clock.now() - HOUR_MS, lastStep: 0 },
    });
    const owner = await host.proven(tenantId, user?.userName ?? "", user?.mobile ?? "");
    await host.submit(owner);

    const { recent } = await host.expectStep(owner, "done");
    expect(recent.map(({ method }) => method)).to.deep.equal(["authenticator"]);
  });
});
