import { expect } from "chai";
import { formsOf } from "../../../../../lab/html-forms.ts";
import { createPortalClient } from "../../../../../lab/portal-client.ts";
import type { DirectoryUser } from "../../../../../shared/user.ts";
import {
  PASSWORD,
  type RegistrationHost,
  startRegistrationHost,
} from "../../../../support/registration-host.ts";
import { waitFor } from "../../../../support/wait-for.ts";

describe("signing in at the registration portal", () => {
  let host: RegistrationHost;
  before(async () => (host = await startRegistrationHost()));
  after(() => host[Symbol.asyncDispose]());
  beforeEach(() => host.reset());

  const registrationOf = (user: DirectoryUser) => host.registrations.get(host.tenantId, user.id);
  const noticeOf = (user: DirectoryUser) =>
    host.notices.filter(({ emails }) => emails.includes(user.userName));

  for (const script of [true, false])
    it(`works ${script ? "with a password sealed in the browser" : "without script"}`, async () => {
      const client = await host.signedIn(await host.person(), script);

      expect(await client.screen()).to.equal("register");
      expect(host.audited.map(({ action }) => action)).to.deep.equal(["registration.signed_in"]);
    });

  it("shows what is synced with its middle hidden, as the organisation's", async () => {
    const client = await host.signedIn(await host.person({ mobile: "+32470998756" }));

    expect(await client.text())
      .to.include("+32 4•• ••• •56")
      .and.include("managed by Contoso")
      .and.not.include("998756");
  });

  it("says the same sentence for every fault, and the owner learns the reason by mail", async () => {
    const user = await host.person();
    const said = new Set<string>();
    for (const reason of ["wrong", "locked", "disabled", "expired", "not_permitted"] as const) {
      host.verdict = { ok: false, reason };
      const client = host.client();
      await host.signIn(client, user.userName, "wrong");
      said.add(await client.text());
    }

    expect(said.size).to.equal(1);
    expect([...said][0]).to.include("is incorrect, or the account cannot be used");
    await waitFor("the mails", () => noticeOf(user).length === 3);
    expect(noticeOf(user).map(({ kind, facts }) => [kind, facts.reason])).to.deep.equal([
      ["sign_in_impossible", "account_locked"],
      ["sign_in_impossible", "ACCOUNT_DISABLED"],
      ["sign_in_impossible", "ACCOUNT_EXPIRED"],
    ]);
  });

  it("tells the owner at most three times a day, however often sign-in fails (W10)", async () => {
    const user = await host.person();
    host.verdict = { ok: false, reason: "locked" };
    for (let tries = 0; tries < 5; tries++) await host.signIn(host.client(), user.userName, "wrong");
    await waitFor("the mails", () => noticeOf(user).length >= 3);
    const other = await host.person();
    await host.signIn(host.client(), other.userName, "wrong");
    await waitFor("the mail of somebody else", () => noticeOf(other).length === 1);

    expect(noticeOf(user)).to.have.lengthOf(3);
  });

  it("signs in a user who must choose another password, and says so", async () => {
    host.verdict = { ok: true, mustChange: true };
    const client = await host.signedIn(await host.person());

    expect(await client.text()).to.include("requires you to change your password");
  });

  it("says when nothing could be checked", async () => {
    const user = await host.person();
    const client = host.client();
    await client.open("/register");
    await client.submit("/register/start", { userName: user.userName });
    host.fault = "AGENT_OFFLINE";
    await client.submit("/register/sign-in", { password: PASSWORD });
    await host.answered(client);

    expect(await client.text()).to.include("cannot be reached at the moment");
  });

  it("looks the same for an unknown user name, up to the verdict and with it (T-01)", async () => {
    const user = await host.person();
    const seen = async (userName: string) => {
      const client = host.client();
      const pages: string[] = [];
      await client.open("/register");
      await client.submit("/register/start", { userName });
      pages.push(client.page.body);
      await client.submit("/register/sign-in", { password: "wrong" });
      await host.answered(client);
      await client.open("/register");
      pages.push(client.page.body);
      return pages.map((page) => page.replaceAll(userName, "NAME").replace(/value="[\w-]{43}"/g, ""));
    };

    expect(await seen("nobody-here@contoso.com")).to.deep.equal(await seen(user.userName));
  });

  it("gives drafts of the same shape and size for an unknown user name (T-01)", async () => {
    const draft = async (userName: string) => {
      const client = host.client();
      await client.open("/register");
      await client.submit("/register/start", { userName });
      const csrf = formsOf(client.page.body)[0]?.fields.find(({ name }) => name === "csrf")?.value ?? "";
      const { status, headers, body } = await client.visitor.send("POST", "/register/draft", { csrf });
      return {
        status,
        names: Object.keys(headers),
        body: body
          .replace(/[0-9a-f]{32}/, "ID")
          .replace(/[0-9A-Z]{26}/g, "ULID")
          .replace(/\d{13}/g, "AT"),
      };
    };

    expect(await draft("nobody-here@contoso.com")).to.deep.equal(await draft((await host.person()).userName));
  });

  it("is one sign-in for a double click, whichever answer the browser takes", async () => {
    const client = host.client();
    await client.open("/register");
    await client.submit("/register/start", { userName: (await host.person()).userName });
    const csrf = formsOf(client.page.body)[0]?.fields.find(({ name }) => name === "csrf")?.value ?? "";
    const form = { csrf, version: "1", password: PASSWORD };
    const twice = [1, 2].map(() => {
      const cookies = new Map(client.visitor.cookies);
      return createPortalClient({ url: host.portal.url, cookies });
    });
    await Promise.all(twice.map(({ visitor }) => visitor.post("/register/sign-in", form)));

    for (const half of twice) {
      await half.open("/register");
      await host.answered(half);
      expect(await half.screen()).to.equal("register");
      half.close();
    }
    const thief = createPortalClient({ url: host.portal.url, cookies: new Map(client.visitor.cookies) });
    await thief.visitor.post("/register/sign-in", { ...form, password: "another" });
    await thief.open("/register");
    expect(await thief.screen()).to.equal("start");
    thief.close();
  });

  it("answers at a multiple of the same time, not when the directory does (T-01)", async () => {
    const user = await host.person();
    const client = host.client();
    await client.open("/register");
    await client.submit("/register/start", { userName: user.userName });
    const before = host.clock.now();
    const { hops } = await client.visitor.post("/register/sign-in", {
      csrf: formsOf(client.page.body)[0]?.fields.find(({ name }) => name === "csrf")?.value ?? "",
      version: "1",
      password: PASSWORD,
    });

    expect(host.clock.now() - before).to.be.at.least(600);
    expect(hops[0]).to.include({ status: 303 });
  });

  it("gives another secret to the cookie, so that one known before opens nothing (T-10)", async () => {
    const user = await host.person();
    const client = host.client();
    await client.open("/register");
    await client.submit("/register/start", { userName: user.userName });
    const planted = new Map(client.visitor.cookies);
    await client.submit("/register/sign-in", { password: PASSWORD });
    const thief = createPortalClient({ url: host.portal.url, cookies: planted });
    await thief.open("/register");

    expect(await thief.screen()).to.equal("ended");
    thief.close();
  });

  it("takes no form without its token, and none from another site (T-10)", async () => {
    const user = await host.person();
    const client = await host.signedIn(user);
    const { visitor } = client;

    expect(await visitor.post("/register/remove", { version: "3", what: "mobile" })).to.include({
      status: 403,
    });
    const elsewhere = createPortalClient({
      url: host.portal.url,
      cookies: visitor.cookies,
      headers: { "sec-fetch-site": "cross-site" },
    });
    await elsewhere.open("/register");
    await elsewhere.submit("/register/confirmed");
    expect(elsewhere.page).to.include({ status: 403 });
    expect(await registrationOf(user)).to.include({ confirmedAt: null });
    elsewhere.close();
  });

  it("takes no draft that was made for another user", async () => {
    const [thief, victim] = [await host.person(), await host.person()];
    const [own, other] = [host.client(true), host.client(true)];
    for (const [client, { userName }] of [
      [own, thief],
      [other, victim],
    ] as const) {
      await client.open("/register");
      await client.submit("/register/start", { userName });
    }
    // A user's own sealed password, sent in a session with another user's name.
    const posted: string[] = [];
    const send = own.visitor.post.bind(own.visitor);
    Object.assign(own.visitor, {
      post(path: string, values: Record<string, string>) {
        posted.push(values["sealed"] ?? "");
        return send(path, values);
      },
    });
    await own.submit("/register/sign-in", { password: PASSWORD });
    const csrf = formsOf(other.page.body)[0]?.fields.find(({ name }) => name === "csrf")?.value ?? "";
    await other.visitor.post("/register/sign-in", { csrf, version: "1", sealed: posted[0] ?? "" });
    await other.open("/register");
    await host.answered(other);

    expect(await other.screen()).to.equal("password");
  });

  it("is not offered where self-service is off", async () => {
    host.policy = { scope: "none" };
    const client = host.client();
    await client.open("/register");
    await client.submit("/register/start", { userName: (await host.person()).userName });

    expect(client.page.status).to.equal(403);
    expect(await client.text()).to.include("does not offer this");
  });

  it("ends after five idle minutes, and at the person's wish", async () => {
    const [idle, done] = [await host.signedIn(await host.person()), await host.signedIn(await host.person())];
    host.clock.later(5 * 60_000);
    await idle.open("/register");
    expect(await idle.screen()).to.equal("ended");

    const again = await host.signedIn(await host.person());
    await again.submit("/register/end");
    expect(await again.screen()).to.equal("ended");
    expect([...again.visitor.cookies.keys()]).to.not.include("__Host-latchkey-registration");
    done.close();
  });
});
