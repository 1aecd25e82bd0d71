import { expect } from "chai";
import { keys } from "../../../../../cloud/store/keys.ts";
import { formsOf, readableText } from "../../../../../lab/html-forms.ts";
import type { PortalClient } from "../../../../../lab/portal-client.ts";
import { DAY_MS } from "../../../../../shared/durations.ts";
import type { DirectoryUser } from "../../../../../shared/user.ts";
import { answerInWords } from "../../../../support/answer-in-words.ts";
import { type RegistrationHost, startRegistrationHost } from "../../../../support/registration-host.ts";
import { waitFor } from "../../../../support/wait-for.ts";

describe("abuse of the registration portal", () => {
  let host: RegistrationHost;
  before(async () => (host = await startRegistrationHost()));
  after(() => host[Symbol.asyncDispose]());
  beforeEach(() => host.reset());

  const registrationOf = (user: DirectoryUser) => host.registrations.get(host.tenantId, user.id);
  const enterOtp = async (client: PortalClient): Promise<void> =>
    client.submit("/register/code", { otp: await host.otp() });

  it("a code takes five tries, and then not even the right one (T-02)", async () => {
    const user = await host.person();
    const client = await host.signedIn(user);
    await client.submit("/register/confirm", { what: "mobile", channel: "text" });
    const right = await host.otp();
    const wrong = right === "111111" ? "222222" : "111111";
    for (let tries = 0; tries < 5; tries++) await client.submit("/register/code", { otp: wrong });
    expect(await client.text()).to.include("has expired");
    await client.submit("/register/code", { otp: right });

    expect((await registrationOf(user)).confirmedSynced).to.deep.equal([]);
  });

  it("a text without a code is no try, and a code within its message is read", async () => {
    const user = await host.person();
    const client = await host.signedIn(user);
    await client.submit("/register/confirm", { what: "mobile", channel: "text" });
    const right = await host.otp();
    for (const typed of ["", "12345", "the code", "111111 222222", "1".repeat(500), "12a456", "?"])
      await client.submit("/register/code", { otp: typed });
    expect(await client.text())
      .to.include("incorrect")
      .and.to.not.include("has expired");
    await client.submit("/register/code", {
      otp: `\u202aYour code is ${right.slice(0, 3)}\u00a0${right.slice(3)}.\u202c It is valid for 5 minutes.`,
    });

    expect((await registrationOf(user)).confirmedSynced).to.have.length(1);
  });

  it("ten wrong codes a day are enough, whichever they were for (T-02)", async () => {
    const client = await host.signedIn(await host.person());
    for (const what of ["mobile", "email"]) {
      await client.submit("/register/confirm", {
        what,
        ...(what === "email" ? { channel: "email" } : { channel: "text" }),
      });
      const wrong = (await host.otp()) === "111111" ? "222222" : "111111";
      for (let tries = 0; tries < 5; tries++) await client.submit("/register/code", { otp: wrong });
      await client.submit("/register/cancel");
    }
    await client.submit("/register/confirm", { what: "email", channel: "email" });
    await client.submit("/register/code", { otp: (await host.otp()) === "111111" ? "222222" : "111111" });

    expect(await client.text()).to.include("Too many incorrect codes");
  });

  it("does not take a code after five minutes", async () => {
    const user = await host.person();
    const client = await host.signedIn(user);
    await client.submit("/register/confirm", { what: "mobile", channel: "text" });
    host.clock.later(4 * 60_000);
    await client.open("/register");
    host.clock.later(60_001);
    await enterOtp(client);

    expect(await client.text()).to.include("has expired");
    expect((await registrationOf(user)).confirmedSynced).to.deep.equal([]);
  });

  it("says when to try again after too many starts from one address", async () => {
    const options = { address: "2001:db8:ffff::1", script: false, answerQuestion: answerInWords };
    const start = async (): Promise<PortalClient> => {
      const client = host.portal.visitor(options);
      await client.open("/register");
      await client.submit("/register/start", { userName: "jane@contoso.com" });
      return client;
    };
    for (let starts = 0; starts < 5; starts++) expect((await start()).page.status).to.equal(200);

    const { page } = await start();

    expect(page.status).to.equal(429);
    expect(Number(page.headers["retry-after"])).to.be.within(1, 3_600);
    expect(page.body).to.include('value="jane@contoso.com"');
  });

  it("sends nothing to a number at a special rate, nor to a text that is not a number (T-05)", async () => {
    const client = await host.proven(await host.person());
    for (const [value, sentence] of [
      ["+32 902 12345", "premium-rate"],
      ["12", "not a valid phone number"],
      ["<script>alert(1)</script>", "not a valid phone number"],
    ] as const) {
      await client.open("/register/mobile");
      await client.submit("/register/add", { what: "mobile", value, channel: "text" });
      expect(await client.text()).to.include(sentence);
      expect(client.page.body).to.not.include("<script>alert");
    }
    expect(host.otps).to.deep.equal([]);
  });

  it("sends three codes to a number, each after ten seconds, and no more in that hour (T-05)", async () => {
    const user = await host.person();
    const client = await host.signedIn(user);
    await client.submit("/register/confirm", { what: "mobile", channel: "text" });
    await client.submit("/register/resend");
    expect(await client.text()).to.include("Wait a moment");
    for (let sends = 0; sends < 2; sends++) {
      host.clock.later(10_001);
      await client.submit("/register/resend");
    }
    expect(await client.text()).to.include("cannot request more codes");
    await client.submit("/register/cancel");
    await client.submit("/register/confirm", { what: "mobile", channel: "text" });

    expect(await client.text()).to.include("cannot request more codes at the moment");
    expect(host.otps).to.have.lengthOf(3);
    expect(new Set(host.otps.map(({ otp }) => otp.reveal())).size).to.be.greaterThan(1);
    expect(host.audited.at(-1)).to.deep.include({ action: "otp.withheld" });
  });

  it("says when a code could not be sent", async () => {
    host.isSending = false;
    const client = await host.signedIn(await host.person());
    await client.submit("/register/confirm", { what: "email", channel: "email" });
    await waitFor("the news", async () => {
      await client.open("/register");
      return (await client.text()).includes("could not be sent");
    });
  });

  it("shows the present screen for a form of an earlier one: two tabs, the back button, a double click", async () => {
    const user = await host.person();
    const client = await host.signedIn(user);
    const before = client.page;
    await client.submit("/register/confirm", { what: "mobile", channel: "text" });
    client.show(before);
    await client.submit("/register/remove", { what: "authenticator" }).catch(() => undefined);
    client.show(before);
    await client.submit("/register/confirm", { what: "email", channel: "email" });

    expect(await client.screen()).to.equal("code");
    expect(await client.text())
      .to.include("out of date")
      .and.include("text message");
    expect(host.otps).to.have.lengthOf(1);
  });

  it("takes or refuses any content of a field, and never fails on it (T-28)", async () => {
    const client = await host.signedIn(await host.person());
    const values = [
      "",
      "\0",
      "x".repeat(5_000),
      "\ud800",
      "*)(uid=*",
      "a\r\nBcc: x@y.example",
      "-1",
      "[]",
      "mobile",
    ];
    const forms = {
      add: ["what", "value", "channel"],
      confirm: ["what", "channel"],
      remove: ["what"],
      code: ["otp"],
      "questions/save": ["question.0", "answer.0"],
      "sign-in": ["password", "sealed"],
      cancel: ["version"],
    };
    for (const [address, fields] of Object.entries(forms))
      for (const value of values)
        for (const field of fields) {
          await client.open("/register");
          const hidden = formsOf(client.page.body)[0]?.fields ?? [];
          const known = Object.fromEntries(hidden.map((each) => [each.name, each.value]));
          const form = { ...known, what: "email", channel: "email", [field]: value };
          const { hops } = await client.visitor.post(`/register/${address}`, form);
          expect(hops[0]?.status, `${address} ${field} ${value.slice(0, 20)}`).to.be.oneOf([303, 400, 403]);
        }
    expect(await client.visitor.post("/register/cancel", { csrf: "x".repeat(20_000) })).to.include({
      status: 413,
    });
  });

  it("shows names as text, never as markup", async () => {
    const client = await host.signedIn(await host.person({ displayName: `<img src=x onerror="1">&'` }));

    expect(client.page.body).to.not.include("<img src=x");
    expect(readableText(client.page.body)).to.include("<img src=x");
  });

  it("ends for a person who is removed meanwhile, and everything registered goes 30 days later", async () => {
    const user = await host.person();
    const client = await host.signedIn(user);
    await client.submit("/register/confirmed");
    const key = keys.registrations(host.tenantId) + user.id;
    expect(await host.cloud.store.redis.exists(key)).to.equal(1);
    await host.remove(user);
    await client.open("/register");

    expect(await client.screen()).to.equal("ended");
    expect(await host.cloud.store.redis.pttl(key)).to.be.within(1, 30 * DAY_MS);
  });

  it("leaves no code and no secret readable in Redis (T-04)", async () => {
    const client = await host.proven(await host.person());
    const dump = async (): Promise<string> => {
      const { redis } = host.cloud.store;
      const found = await redis.keys(`lk:{${host.tenantId}}:registration*`);
      return (await redis.mget(found)).join("\n");
    };
    await client.submit("/register/confirm", { what: "email", channel: "email" });
    expect(await dump()).to.not.include(await host.otp());
    await client.submit("/register/cancel");
    await client.submit("/register/authenticator");
    const secret = /<code class="secret">([A-Z2-7 ]+)<\/code>/.exec(client.page.body)?.[1] ?? "none";
    expect(await dump()).to.not.include(secret.replaceAll(" ", ""));
    await client.submit("/register/cancel");
    await client.submit("/register/recovery-codes");
    const code = /<code>([0-9A-Z-]{17})<\/code>/.exec(client.page.body)?.[1] ?? "none";
    expect(await dump()).to.not.include(code);
    const cookie = client.visitor.cookies.get("__Host-latchkey-registration")?.split(".")[2] ?? "none";
    expect(await dump()).to.not.include(cookie);
  });
});
