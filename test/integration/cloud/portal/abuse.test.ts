import { expect } from "chai";
import { TEXTS } from "../../../../cloud/portal/texts/all.ts";
import { readableText } from "../../../../lab/html-forms.ts";
import type { PortalClient } from "../../../../lab/portal-client.ts";
import { LANGUAGES } from "../../../../shared/language.ts";
import { problemsOfHtml } from "../../../support/check-html.ts";
import { type PortalHost, startPortalHost } from "../../../support/portal-host.ts";

const COOKIE = "__Host-latchkey-reset";
const START_COOKIE = "__Host-latchkey-form";

describe("abuse of the portals", () => {
  let host: PortalHost;

  before(async () => {
    host = await startPortalHost();
  });
  beforeEach(() => {
    host.reset.show({ step: "reason" });
    host.reset.calls.length = 0;
  });
  after(() => host[Symbol.asyncDispose]());

  /** All fields of the first form on the page, as a browser would send them. */
  const filled = (client: PortalClient, action: string): Record<string, string> =>
    Object.fromEntries(
      client
        .form(action)
        .fields.filter(({ checked }) => checked)
        .map(({ name, value }) => [name, value]),
    );
  const names = (): string[] => host.reset.calls.map(([name]) => name);

  it("takes no address from a request (T-09)", async () => {
    const forged = "evil.example";
    const client = await host.begun({
      headers: { host: forged, "x-forwarded-host": forged, forwarded: `host=${forged}` },
    });
    for (const path of ["/", "/reset", "/reset/contact", "/nothing-here"]) {
      await client.open(path);
      expect(client.page.body + JSON.stringify(client.page.headers), path).not.to.contain(forged);
    }
    await client.open("/reset");
    const { hops } = await client.visitor.post("/reset/reason", filled(client, "/reset/reason"));
    expect(hops[0]?.headers.location).to.equal("/reset");
  });

  it("refuses forms of other sites and origins (T-10)", async () => {
    const client = await host.begun();
    const values = filled(client, "/reset/reason");
    const others: readonly Record<string, string>[] = [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
      { origin: "https://evil.example" },
      { origin: `${host.url}.evil.example` },
      { origin: host.url.replace("127.0.0.1", "localhost") },
    ];
    for (const headers of others) {
      const other = host.visitor({ cookies: client.visitor.cookies, headers });
      const { status } = await other.visitor.post("/reset/reason", values);
      expect(status, JSON.stringify(headers)).to.equal(403);
    }
    expect(names()).to.deep.equal(["begin"]);

    // Browsers send the origin "null" for pages without a referrer, as these are; the token still counts.
    const own = host.visitor({ cookies: client.visitor.cookies, headers: { origin: "null" } });
    expect((await own.visitor.post("/reset/reason", values)).status).to.equal(200);
  });

  it("refuses forms without their token, and with that of another session (T-10)", async () => {
    const [client, other] = [await host.begun(), await host.begun()];
    const values = filled(client, "/reset/reason");
    const theirs = filled(other, "/reset/reason")["csrf"] ?? "";

    for (const csrf of ["", "x", theirs, `${values["csrf"] ?? ""}x`]) {
      const { status } = await client.visitor.post("/reset/reason", { ...values, csrf });
      expect(status, csrf).to.equal(403);
    }
    Reflect.deleteProperty(values, "csrf");
    expect((await client.visitor.post("/reset/reason", values)).status).to.equal(403);
    expect((await client.visitor.post("/reset/end", { csrf: theirs })).status).to.equal(403);
    expect(names()).to.deep.equal(["begin", "begin"]);
  });

  it("begins no session for a form that another browser got (T-10)", async () => {
    const [victim, attacker] = [host.visitor(), host.visitor()];
    await attacker.open("/reset");
    const values = { ...filled(attacker, "/reset/start"), userName: "attacker" };

    const without = await victim.visitor.post("/reset/start", values);
    await victim.open("/reset");
    const with_ = await victim.visitor.post("/reset/start", values);

    expect([without.status, with_.status]).to.deep.equal([403, 403]);
    expect(readableText(with_.body)).to.contain(TEXTS.en.errors.FORM_REFUSED.title);
    expect(names()).to.deep.equal([]);
  });

  it("never takes over a session that the visitor brought (T-10)", async () => {
    const client = host.visitor();
    const chosen = `${host.tenantId}.01JD9Z3S9W1T5V7X8Y2A4B6C8D.${"A".repeat(43)}`;
    client.visitor.cookies.set(COOKIE, chosen);
    await client.open("/reset");
    expect(client.page.path).to.equal("/reset/ended");
    client.visitor.cookies.set(COOKIE, chosen);
    client.visitor.cookies.set(START_COOKIE, "B".repeat(43));

    await client.open("/reset/ended");
    client.visitor.cookies.delete(COOKIE);
    await client.open("/reset");
    client.visitor.cookies.set(COOKIE, chosen);
    await client.submit("/reset/start", { userName: "jane" });

    expect(client.visitor.cookies.get(COOKIE)).not.to.equal(chosen);
    expect(await client.screen()).to.equal("reason");
  });

  it("sets cookies that no other site, script or host can use (T-10)", async () => {
    const client = await host.begun({ language: "nl" });
    await client.open("/reset?lang=nl");
    const set = [...client.page.hops, ...(await client.visitor.get("/reset")).hops];
    const cookies = set.flatMap(({ headers }) => headers["set-cookie"] ?? []);
    const begun = await host.visitor().visitor.get("/reset");

    for (const cookie of [...cookies, ...(begun.headers["set-cookie"] ?? [])])
      expect(cookie)
        .to.match(/^__Host-latchkey-(reset|form|language)=/)
        .and.match(/; Path=\/;/)
        .and.match(/; HttpOnly/)
        .and.match(/; Secure/)
        .and.match(/; SameSite=Strict/);
    expect(cookies).to.have.length.greaterThan(0);
  });

  it("forbids framing, sniffing and caching a page (T-10)", async () => {
    const client = await host.begun();
    for (const path of ["/", "/reset", "/reset/contact", "/reset/ended", "/captcha", "/nothing-here"]) {
      const { headers } = await client.visitor.get(path);
      expect(headers["content-security-policy"], path).to.equal(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
          "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers, path).to.include({
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
      });
      expect(headers, path).not.to.have.property("access-control-allow-origin");
    }
  });

  it("takes 16 KiB and no more, 32 KiB with a sealed password (T-28)", async () => {
    const client = await host.begun();
    const values = filled(client, "/reset/reason");
    const post = async (path: string, bytes: number): Promise<number> =>
      (await client.visitor.post(path, { ...values, filler: "x".repeat(bytes) })).status;

    expect(await post("/reset/reason", 15 * 1024)).to.equal(200);
    expect(await post("/reset/reason", 17 * 1024)).to.equal(413);
    expect(await post("/reset/password", 31 * 1024)).to.equal(200);
    expect(await post("/reset/password", 33 * 1024)).to.equal(413);
    expect(await post("/reset/start", 17 * 1024)).to.equal(413);
  });

  it("answers every form with a page, whatever is in its fields", async () => {
    const client = await host.begun();
    const { csrf = "" } = filled(client, "/reset/reason");
    const fields = [
      "version",
      "reason",
      "method",
      "number.text",
      "otp",
      "answer.first_concert",
      "newPassword",
    ].concat([
      "repeated",
      "sealed",
      "message",
      "userName",
      "captcha",
      "captchaToken",
      "captchaAnswer",
      "__proto__",
    ]);
    const values = [
      "",
      "0",
      "-1",
      "1e9",
      "99999999999",
      "NaN",
      "\u0000",
      "\r\nBcc: x@y",
      "*)(objectClass=*",
      "'; --",
    ].concat([
      "<script>alert(1)</script>",
      "\ud800",
      "\u202egnp.exe",
      "%00%ff",
      "😀".repeat(70),
      "x".repeat(5_000),
      "../../etc",
    ]);
    const actions = [
      "start",
      "reason",
      "method",
      "resend",
      "again",
      "code",
      "questions",
      "password",
      "unlock",
      "ask",
    ];

    for (const action of actions)
      for (const value of values) {
        const { status, body } = await client.visitor.post(`/reset/${action}`, {
          csrf,
          version: "1",
          ...Object.fromEntries(fields.map((field) => [field, value])),
        });
        const what = `${action} ${JSON.stringify(value.slice(0, 20))}`;
        expect(status, what).to.be.oneOf([200, 400, 403, 413, 422, 429]);
        expect(problemsOfHtml(body), what).to.deep.equal([]);
        expect(body, what).not.to.contain("<script>alert");
      }
    expect(host.log.filter((line) => line.includes("portal.request.failed"))).to.deep.equal([]);
  });

  it("answers fields that come twice, as lists or as something else than a form", async () => {
    const client = await host.begun();
    const { csrf = "" } = filled(client, "/reset/reason");
    const cookie = [...client.visitor.cookies].map((pair) => pair.join("=")).join("; ");
    const post = async (body: string, type = "application/x-www-form-urlencoded") => {
      const headers = { cookie, accept: "text/html", "content-type": type, "sec-fetch-site": "same-origin" };
      const answer = await fetch(`${host.url}/reset/reason`, {
        method: "POST",
        body,
        headers,
        redirect: "manual",
      });
      await answer.text();
      return answer.status;
    };

    expect(await post(`csrf=${csrf}&csrf=${csrf}&version=1&reason=forgot`)).to.equal(400);
    expect(await post(`csrf=${csrf}&version=1&version=2&reason=forgot`)).to.equal(400);
    expect(await post(`csrf=${csrf}&version=1&reason[]=forgot&reason[x]=locked`)).to.equal(400);
    expect(await post("%", "application/x-www-form-urlencoded")).to.equal(403);
    expect(await post("", "application/x-www-form-urlencoded")).to.equal(403);
    expect(await post("{", "application/json")).to.equal(400);
    expect(await post("<a/>", "application/xml")).to.equal(400);
    expect(await post("text", "text/plain")).to.equal(400);
    expect(await post("--x--", "multipart/form-data; boundary=x")).to.equal(400);
    expect(names()).to.deep.equal(["begin"]);
  });

  it("shows names as text, in every language", async () => {
    const evil = `"><img src=x onerror=alert(1)>'\u202e`;
    for (const language of LANGUAGES) {
      const client = host.visitor({ language });
      await client.open("/reset");
      await client.submit("/reset/start", { userName: evil });

      expect(await client.screen()).to.equal("reason");
      expect(client.page.body).not.to.contain("<img src=x");
      expect(problemsOfHtml(client.page.body)).to.deep.equal([]);
    }
  });

  it("keeps cookies and passwords out of the log", async () => {
    const client = await host.begun();
    host.reset.show({ step: "password", rule: null, names: [] });
    await client.open("/reset");
    const form = filled(client, "/reset/password");
    const values = { ...form, newPassword: "Marker-9417", repeated: "Marker-9417" };

    await client.visitor.post("/reset/password", values);
    await client.visitor.post("/reset/password", { ...values, version: "Marker-9417" });

    const secret = client.visitor.cookies.get(COOKIE)?.split(".")[2] ?? "none";
    const log = host.log.join("");
    expect(log).to.contain("/reset/password");
    for (const marker of ["Marker-9417", secret, form["csrf"] ?? "none"]) expect(log).not.to.contain(marker);
  });
});
