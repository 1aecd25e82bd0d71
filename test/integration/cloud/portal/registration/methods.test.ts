import { expect } from "chai";
import { Secret as OtpSecret, TOTP } from "otpauth";
import type { OwedChange } from "../../../../../cloud/store/registration-record.ts";
import type { PortalClient } from "../../../../../lab/portal-client.ts";
import { newId } from "../../../../../shared/ids.ts";
import type { DirectoryUser } from "../../../../../shared/user.ts";
import { asUser } from "../../../../support/directory-users.ts";
import { type RegistrationHost, startRegistrationHost } from "../../../../support/registration-host.ts";
import { newSession, runSync } from "../../../../support/sync-cloud.ts";

/** A change whose messages could not be stored yet. */
const OWED: OwedChange = {
  id: newId(),
  at: 1,
  owes: ["audit", "notice"],
  isProven: true,
  actor: "registration:x",
  correlationId: "x",
  details: {},
  kind: "method_added",
  emails: [],
  texts: [],
  language: "en",
  facts: {},
};

describe("methods at the registration portal", () => {
  let host: RegistrationHost;
  before(async () => (host = await startRegistrationHost()));
  after(() => host[Symbol.asyncDispose]());
  beforeEach(() => host.reset());

  const registrationOf = (user: DirectoryUser) => host.registrations.get(host.tenantId, user.id);
  const enterOtp = async (client: PortalClient): Promise<void> =>
    client.submit("/register/code", { otp: await host.otp() });
  const noticeOf = (user: DirectoryUser) =>
    host.notices.filter(({ emails }) => emails.includes(user.userName));

  it("a synced number is confirmed by a code, once (G03)", async () => {
    const user = await host.person();
    const client = await host.signedIn(user);
    await client.submit("/register/confirm", { what: "mobile", channel: "text" });
    expect(await client.text()).to.include("+32 4");
    await enterOtp(client);

    expect(host.otps.map(({ channel, to }) => [channel, to])).to.deep.equal([["text", user.mobile]]);
    expect(await client.text()).to.include("Mobile phone: confirmed");
    expect((await registrationOf(user)).confirmedSynced).to.have.nested.property("[0].value", user.mobile);
    expect(noticeOf(user)).to.have.lengthOf(1);
  });

  it("an authentication phone, typed as people do, steps before the synced one (G02)", async () => {
    const user = await host.person();
    const client = await host.proven(user);
    await client.open("/register/mobile");
    await client.submit("/register/add", { what: "mobile", value: "0471 (12) 34.56", channel: "call" });
    await enterOtp(client);

    expect(host.otps.at(-1)).to.include({ channel: "call", to: "+32471123456" });
    expect((await registrationOf(user)).mobile).to.include({ number: "+32471123456" });
    expect(await client.text()).to.include("not used, because you added your own");
  });

  it("another address gets a code, and all addresses hear of it (G05)", async () => {
    const user = await host.person();
    const client = await host.proven(user);
    await client.open("/register/email");
    await client.submit("/register/add", { what: "email", value: "me@elsewhere.example" });
    await enterOtp(client);

    expect((await registrationOf(user)).email).to.include({ address: "me@elsewhere.example" });
    expect(host.notices.at(-1)).to.deep.include({ kind: "method_added" });
    expect(host.notices.at(-1)?.emails).to.have.members([
      user.userName,
      user.alternateEmail,
      "me@elsewhere.example",
    ]);
  });

  it("tells the addresses of before when one is removed", async () => {
    const user = await host.person();
    const client = await host.proven(user);
    await client.open("/register/email");
    await client.submit("/register/add", { what: "email", value: "old@elsewhere.example" });
    await enterOtp(client);
    await client.submit("/register/remove", { what: "email" });

    expect((await registrationOf(user)).email).to.equal(null);
    expect(host.notices.at(-1)).to.include({ kind: "method_removed" });
    expect(host.notices.at(-1)?.emails).to.include("old@elsewhere.example");
  });

  it("never says that a method is removed or added when the store could not take that", async () => {
    const user = await host.person();
    const client = await host.proven(user);
    await client.open("/register/email");
    await client.submit("/register/add", { what: "email", value: "kept@elsewhere.example" });
    await enterOtp(client);
    const before = await registrationOf(user);
    // As many changes wait for their messages as a registration takes.
    await host.registrations.update(host.tenantId, user.id, (present) => ({
      ...present,
      owed: Array.from({ length: 50 }, () => OWED),
    }));

    await client.submit("/register/remove", { what: "email" }).catch(() => undefined);
    await client.open("/register");
    expect(await client.text()).to.not.include(": removed.");

    await client.open("/register/mobile");
    await client.submit("/register/add", { what: "mobile", value: "0471 12 34 56", channel: "text" });
    await client.submit("/register/code", { otp: await host.otp() }).catch(() => undefined);
    await client.open("/register");
    expect(await client.text()).to.not.include(": set up.");
    expect(await registrationOf(user)).to.deep.include({ email: before.email, mobile: null });
  });

  it("does not say that a number is confirmed which the directory changed while the code was on its way", async () => {
    const user = await host.person();
    const client = await host.signedIn(user);
    await client.submit("/register/confirm", { what: "mobile", channel: "text" });
    const otp = await host.otp();
    const changed = asUser({ ...user, mobile: "+32470999999" });
    await runSync(host.cloud.sync, newSession(host.tenantId), { changes: [changed] });

    await client.submit("/register/code", { otp });

    expect((await registrationOf(user)).confirmedSynced).to.deep.equal([]);
    expect(await client.text())
      .to.include("This page was out of date")
      .and.not.include("Mobile phone: confirmed");
    expect(noticeOf(user)).to.deep.equal([]);
  });

  it("does not take the mailbox of the account itself, and keeps what was typed", async () => {
    const user = await host.person();
    const client = await host.proven(user);
    await client.open("/register/email");
    await client.submit("/register/add", { what: "email", value: user.userName.toUpperCase() });

    expect(client.page.path).to.equal("/register/email");
    expect(await client.text()).to.include("cannot open this mailbox");
    expect(client.page.body).to.include(`value="${user.userName.toUpperCase()}"`);
    expect(host.otps).to.deep.equal([]);
  });

  it("an app is set up by its code, which then opens nothing more (G05)", async () => {
    const user = await host.person();
    const client = await host.proven(user);
    await client.submit("/register/authenticator");
    const secret = /<code class="secret">([A-Z2-7 ]+)<\/code>/.exec(client.page.body)?.[1] ?? "";
    const app = new TOTP({ secret: OtpSecret.fromBase32(secret.replaceAll(" ", "")) });
    const code = (): string => app.generate({ timestamp: host.clock.now() });
    await client.submit("/register/code", { otp: "000000" });
    expect(await client.text()).to.include("This code is incorrect");
    const used = code();
    await client.submit("/register/code", { otp: `${used.slice(0, 3)} ${used.slice(3)}` });

    const { tenantId, proofs } = host;
    const check = async (otp: string) =>
      proofs.authenticator(tenantId, user.id, await registrationOf(user), otp);
    expect(await check(used)).to.equal(false);
    host.clock.later(30_000);
    const next = code();
    expect(await check(next)).to.equal(true);
    expect(await check(next)).to.equal(false);
  });

  it("recovery codes are shown once, count from when they are kept, and each works once (G05)", async () => {
    const user = await host.person();
    const client = await host.proven(user);
    await client.submit("/register/recovery-codes");
    const codes = [...client.page.body.matchAll(/<code>([0-9A-Z]{5}(?:-[0-9A-Z]{5}){2})<\/code>/g)].map(
      ([, code = ""]) => code,
    );
    expect(new Set(codes).size).to.equal(10);
    expect((await registrationOf(user)).recoveryCodes).to.deep.equal([]);
    await client.submit("/register/recovery-codes/keep");
    await client.open("/register");
    expect(await client.text())
      .to.include("10 codes left")
      .and.not.include(codes[0]);

    const { tenantId, proofs } = host;
    const [first = ""] = codes;
    const typed = ` ${first.toLowerCase().replaceAll("-", " ")}`;
    const registration = await registrationOf(user);
    const both = await Promise.all(
      [typed, first].map((code) => proofs.recoveryCode(tenantId, user.id, registration, code)),
    );
    expect(both.filter(Boolean)).to.have.lengthOf(1);
    expect(await proofs.recoveryCode(tenantId, user.id, await registrationOf(user), first)).to.equal(false);
  });

  it("questions accept any spelling, and only from the user who set them up (G05)", async () => {
    host.policy = {
      scope: "all",
      default: { methods: ["text", "questions"], questions: { register: 3, answer: 2 } },
    };
    const user = await host.person();
    const client = await host.proven(user);
    await client.open("/register/questions");
    const given = { "answer.0": "Queen", "answer.1": "Queen!", "answer.2": "Sophie" };
    await client.submit("/register/questions/save", given);
    expect(await client.text()).to.include("a different answer for each question");
    await client.submit("/register/questions/save", { ...given, "answer.1": "Crêpes à l’orange" });

    const registration = await registrationOf(user);
    const [band = "", dish = ""] = registration.questions.map(({ questionId }) => questionId);
    expect(registration.questions).to.have.lengthOf(3);
    const check = (answers: Record<string, string>) => host.proofs.questions(registration, answers);
    expect(await check({ [band]: "QUEEN", [dish]: "crepes a l'orange" })).to.equal(true);
    expect(await check({ [band]: "queen", [dish]: "crepes" })).to.equal(false);
    expect(await check({ [band]: "queen", first_flight: "Sophie" })).to.equal(false);
    expect(await check({})).to.equal(false);
  });

  it("asks to look everything over, keeps when that was, and asks again when it is time (G04)", async () => {
    host.policy = { scope: "all", default: { registration: { reconfirmDays: 10 } } };
    const user = await host.person();
    const client = await host.signedIn(user);
    expect(await client.text()).to.include("Review the methods below");
    await client.submit("/register/confirmed");
    expect(await client.text())
      .to.include("You will be asked to confirm it again on")
      .and.not.include("Review the methods below");

    host.clock.later(10 * 86_400_000);
    expect(await (await host.signedIn(user)).text()).to.include("Review the methods below");
    expect(host.audited.map(({ action }) => action)).to.include("registration.confirmed");
  });

  it("says how many ways are ready and how many are needed", async () => {
    host.policy = {
      scope: "all",
      default: { methods: ["text", "call", "authenticator"], methodsRequired: 2 },
    };
    const client = await host.signedIn(await host.person());

    expect(await client.text()).to.include(
      "1 verification method ready to use, but 2 are required. Add 1 more",
    );
  });

  it("offers only what the policy of the person's group uses, and to others the password alone", async () => {
    const group = "CN=Staff,DC=contoso,DC=com";
    host.policy = {
      scope: "groups",
      groups: [{ name: "staff", group, rules: { methods: ["authenticator"] } }],
    };
    const user = await host.person();
    const outside = await host.signedIn(user);
    expect(await outside.text()).to.include("does not offer password reset for your account");
    host.groups = [group];
    const inside = await host.signedIn(user);

    expect(await inside.text())
      .to.include("Authenticator app")
      .and.not.include("Mobile phone");
  });
});
