import { once } from "node:events";
import { expect } from "chai";
import { TEXTS } from "../../../../../cloud/portal/texts/all.ts";
import { AppError } from "../../../../../shared/errors.ts";
import { Secret } from "../../../../../shared/secret.ts";
import { makeVerdict } from "../../../../../shared/writeback.ts";
import { answerInWords } from "../../../../support/answer-in-words.ts";
import { type PortalHost, startPortalHost } from "../../../../support/portal-host.ts";
import { waitFor } from "../../../../support/wait-for.ts";

const COOKIE = "__Host-latchkey-reset";

describe("forms of the reset portal", () => {
  let host: PortalHost;

  beforeEach(async () => {
    host = await startPortalHost();
  });
  afterEach(() => host[Symbol.asyncDispose]());

  const lastCall = () => host.reset.calls.at(-1);
  const code = { method: "text", lastDigits: "56", proven: 0, sendsLeft: 2 } as const;

  it("begin a session with the name, the address and the language of the visitor", async () => {
    const client = host.visitor({ language: "nl-BE,nl", address: "203.0.113.7" });
    await client.open("/reset");

    await client.submit("/reset/start", { userName: "  jane@contoso.example " });

    expect(host.reset.calls).to.deep.equal([
      ["begin", host.tenantId, "jane@contoso.example", { address: "203.0.113.7", language: "nl" }],
    ]);
    expect(client.page.hops.map(({ method, path, status }) => [method, path, status])).to.deep.equal([
      ["POST", "/reset/start", 303],
      ["GET", "/reset", 200],
    ]);
    expect(await client.screen()).to.equal("reason");
  });

  it("ask the service for what they say, with the version of their screen", async () => {
    const client = await host.begun();
    const now = Date.now();

    await client.submit("/reset/reason", { reason: "locked" });
    expect(lastCall()).to.deep.equal(["chooseReason", 1, "locked"]);

    const options = [
      { method: "text", lastDigits: "56" },
      { method: "call", lastDigits: "56" },
      { method: "office_call", lastDigits: "12" },
      { method: "email", lastDigits: null },
    ] as const;
    host.reset.show({ step: "choose", proven: 0, required: null, options });
    await client.open("/reset");
    await client.submit("/reset/method", { method: "call", "number.call": "+32 470 12 34 56" });
    expect(lastCall()).to.deep.equal(["chooseMethod", 2, "call", "+32 470 12 34 56"]);
    await client.submit("/reset/method", { method: "email" });
    expect(lastCall()).to.deep.equal(["chooseMethod", 3, "email", null]);

    host.reset.show({ step: "code", ...code, resendAt: now, expiresAt: now + 60_000, work: 0 });
    await client.open("/reset");
    await client.submit("/reset/code", { otp: " 123 456" });
    expect(lastCall()).to.deep.equal(["enterCode", 4, " 123 456", 0]);
    await client.submit("/reset/resend");
    expect(lastCall()).to.deep.equal(["resend", 5]);
    await client.submit("/reset/again");
    expect(lastCall()).to.deep.equal(["chooseAgain", 6]);

    host.reset.show({ step: "questions", questionIds: ["first_concert", "lost_thing"], work: 0 });
    await client.open("/reset");
    await client.submit("/reset/questions", {
      "answer.first_concert": "Élan!",
      "answer.lost_thing": "a key",
    });
    expect(lastCall()).to.deep.equal([
      "answerQuestions",
      7,
      { first_concert: "Élan!", lost_thing: "a key" },
      0,
    ]);

    host.reset.show({ step: "unlock" });
    await client.open("/reset");
    await client.submit("/reset/unlock");
    expect(lastCall()?.slice(0, 2)).to.deep.equal(["unlock", 8]);
  });

  it("go on with the secret that a proof gave, and never with an older one", async () => {
    const client = await host.begun();
    host.reset.rotates = true;
    const before = client.visitor.cookies.get(COOKIE) ?? "";

    await client.submit("/reset/reason", { reason: "forgot" });

    const after = client.visitor.cookies.get(COOKIE);
    expect(after).not.to.equal(before);
    client.visitor.cookies.set(COOKIE, before);
    await client.open("/reset");
    expect(client.page.path).to.equal("/reset/ended");
  });

  it("give no cookie again that stays as it is: a later answer may have brought the next one", async () => {
    const client = await host.begun();

    await client.submit("/reset/reason", { reason: "forgot" });

    expect(lastCall()?.[0]).to.equal("chooseReason");
    expect(client.page.hops.map(({ headers }) => headers["set-cookie"])).to.deep.equal([
      undefined,
      undefined,
    ]);
  });

  it("carry a password that is not sealed, as it was typed", async () => {
    const client = await host.begun({ script: false, answerQuestion: answerInWords });
    host.reset.show({ step: "password", rule: null, names: [] });
    await client.open("/reset");
    const password = "  Zoë’s <20> 日本 & %41+\t ";

    await client.submit("/reset/password", { newPassword: password, repeated: `${password}x` });

    const [name, version, submission] = lastCall() ?? [];
    expect([name, version]).to.deep.equal(["submitPassword", 1]);
    const { kind, newPassword, repeated } = submission as Record<string, Secret> & { kind: string };
    expect(kind).to.equal("plain");
    expect(newPassword?.reveal()).to.equal(password);
    expect(repeated?.reveal()).to.equal(`${password}x`);
    expect(host.log.join("")).not.to.contain("Zoë");
  });

  it("carry a sealed password of up to 32 KiB, and nothing else in its place", async () => {
    const client = await host.begun();
    host.reset.show({ step: "password", rule: null, names: [] });
    await client.open("/reset");
    const { fields } = client.form("/reset/password");
    const values = Object.fromEntries(fields.map(({ name, value }): [string, string] => [name, value]));
    const id = "01JD9Z3S9W1T5V7X8Y2A4B6C8D";
    const order = {
      jobId: id,
      tenantId: host.tenantId.slice(0, 40),
      operation: "reset",
      userId: "0".repeat(32),
      userSequence: 1,
      issuedAt: 1,
      notAfter: 2,
      mustChange: false,
      unlock: true,
      methods: ["text"],
    };
    const seal = {
      agentId: id,
      keyId: id,
      suite: "x25519",
      enc: "A".repeat(43),
      ciphertext: "B".repeat(2_700),
    };
    const sealed = { order, token: "t", sealed: Array<typeof seal>(8).fill(seal) };

    await client.visitor.post("/reset/password", { ...values, sealed: JSON.stringify(sealed) });
    const [, , submission] = lastCall() ?? [];
    expect(submission).to.deep.equal({ kind: "sealed", ...sealed });

    for (const wrong of [
      "{}",
      "[]",
      "null",
      "x",
      JSON.stringify({ ...sealed, more: 1 }),
      '{"__proto__":{}}',
    ]) {
      const { status } = await client.visitor.post("/reset/password", { ...values, sealed: wrong });
      expect(status, wrong).to.equal(400);
    }
  });

  it("give the script what to seal to, and say in words when that fails", async () => {
    const client = await host.begun({ language: "de" });
    host.reset.show({ step: "password", rule: null, names: [] });
    await client.open("/reset");
    const csrf = client.form("/reset/password").fields.find(({ name }) => name === "csrf")?.value;

    const draft = await client.visitor.send("POST", "/reset/draft", { csrf, version: "1", suite: "p256" });
    expect([draft.status, JSON.parse(draft.body)]).to.deep.equal([200, host.reset.draftAnswer]);
    expect(lastCall()).to.deep.equal(["draft", "p256"]);

    host.reset.failNext = new AppError("AGENT_OFFLINE");
    const failed = await client.visitor.send("POST", "/reset/draft", { csrf });
    const body = JSON.parse(failed.body) as Record<string, unknown>;
    expect(failed.status).to.equal(503);
    expect(body).to.have.all.keys("code", "message", "fix", "requestId", "details");
    expect(body["message"]).to.equal(TEXTS.de.errors.AGENT_OFFLINE.lead);

    const refused = await client.visitor.send("POST", "/reset/draft", { csrf: "x" });
    expect([refused.status, JSON.parse(refused.body)]).to.have.nested.property("[1].code", "FORM_REFUSED");
  });

  it("end the waiting for a verdict when the browser goes away", async () => {
    const client = await host.begun();
    host.reset.show({ step: "unlock" });
    await client.open("/reset");

    let signal: AbortSignal | undefined;
    host.reset.unlock = async (key, _version, given) => {
      signal = given;
      await once(given, "abort");
      return key;
    };
    const { fields } = client.form("/reset/unlock");
    const browser = new AbortController();
    const answer = fetch(`${host.url}/reset/unlock`, {
      method: "POST",
      body: new URLSearchParams(fields.map(({ name, value }): [string, string] => [name, value])),
      headers: { cookie: [...client.visitor.cookies].map((pair) => pair.join("=")).join("; ") },
      signal: browser.signal,
    }).catch(() => "gone");

    await waitFor("the call", () => signal);
    expect(signal?.aborted).to.equal(false);
    browser.abort();

    expect(await answer).to.equal("gone");
    await waitFor("the end of the waiting", () => signal?.aborted);
  });

  it("end the waiting for a verdict when the node closes, and answer", async () => {
    const node = await startPortalHost();
    const client = await node.begun();
    node.reset.show({ step: "unlock" });
    await client.open("/reset");
    let isWaiting = false;
    node.reset.unlock = async (key, _version, given) => {
      isWaiting = true;
      await once(given, "abort");
      return key;
    };

    const { fields } = client.form("/reset/unlock");
    const answer = fetch(`${node.url}/reset/unlock`, {
      method: "POST",
      body: new URLSearchParams(fields.map(({ name, value }): [string, string] => [name, value])),
      headers: { cookie: [...client.visitor.cookies].map((pair) => pair.join("=")).join("; ") },
      redirect: "manual",
    });
    await waitFor("the call", () => isWaiting);
    await Promise.all([node[Symbol.asyncDispose](), answer]);

    const { status, headers } = await answer;
    expect([status, headers.get("location"), headers.get("connection")]).to.deep.equal([
      303,
      "/reset",
      "close",
    ]);
  });

  it("reach the administrators with a message, by mail or by a page of theirs (R09)", async () => {
    host.policy = { scope: "all", contact: { emails: ["it@contoso.example"] } };
    const client = await host.begun();
    await client.open("/reset/contact");

    await client.submit("/reset/ask", { message: "I lost\nmy phone" });
    expect(lastCall()).to.deep.equal(["askAdministrator", 1, "I lost\nmy phone"]);
    expect(await client.text()).to.contain(TEXTS.en.contact.sent);

    host.policy = { scope: "all", contact: { url: "https://help.contoso.example/?a=1&b=2" } };
    await client.open("/reset/contact");
    expect(client.page.body).to.contain('href="https://help.contoso.example/?a=1&amp;b=2"');
    expect(await client.has("/reset/ask")).to.equal(false);
  });

  it("end the session when the person closes it, and leave nothing in the browser", async () => {
    const client = await host.begun();
    host.reset.show({ step: "done", operation: "reset", verdict: makeVerdict("applied", null), recent: [] });
    await client.open("/reset");

    await client.submit("/reset/end");

    expect(client.page.hops[0]?.headers["clear-site-data"]).to.equal('"cookies", "storage"');
    expect(client.visitor.cookies.has(COOKIE)).to.equal(false);
    expect(await client.screen()).to.equal("ended");
    expect(lastCall()).to.deep.equal(["end"]);
  });

  it("say that a session has expired, and pass none of its forms on", async () => {
    const client = await host.begun();
    await host.reset.end({
      tenantId: host.tenantId,
      id: sessionId(client.visitor.cookies),
      secret: new Secret(""),
    });

    await client.submit("/reset/reason", { reason: "forgot" });
    expect([client.page.path, client.page.status]).to.deep.equal(["/reset/ended", 200]);
    expect(client.visitor.cookies.has(COOKIE)).to.equal(false);
    await client.open("/reset");
    expect(await client.screen()).to.equal("start");
    await client.visitor.post("/reset/code", { otp: "123456" });
    expect(host.reset.calls.map(([name]) => name)).not.to.contain("enterCode");
  });

  it("show the current screen when a form's address is opened by hand", async () => {
    const client = host.visitor();
    for (const path of ["start", "reason", "method", "code", "password", "unlock", "ask"]) {
      await client.open(`/reset/${path}`);
      expect([client.page.status, client.page.path], path).to.deep.equal([200, "/reset"]);
    }
  });

  it("are told from each other by their version: two tabs, and the back button", async () => {
    const client = await host.begun();
    const old = client.page;
    await client.submit("/reset/reason", { reason: "forgot" });

    client.show(old);
    await client.submit("/reset/reason", { reason: "locked" });

    // The service decides which form counts: it gets the version that the form had.
    expect(host.reset.calls.slice(-2)).to.deep.equal([
      ["chooseReason", 1, "forgot"],
      ["chooseReason", 1, "locked"],
    ]);
    host.reset.show({ step: "reason" }, { kind: "stale" });
    await client.open("/reset");
    expect(await client.text()).to.contain(TEXTS.en.problems.stale);
  });

  it("choose the same method again when its number was refused, and keep the number", async () => {
    const client = await host.begun();
    const options = [
      { method: "text", lastDigits: "56" },
      { method: "call", lastDigits: "56" },
    ] as const;
    host.reset.show(
      { step: "choose", proven: 0, required: null, options, typedNumber: "047o 12 34" },
      { kind: "number_invalid", typedNumber: "" },
    );
    await client.open("/reset");

    await client.submit("/reset/method", { method: "call", "number.call": "abc" });

    const chosen = client
      .form("/reset/method")
      .fields.filter(({ type, checked }) => type === "radio" && checked);
    expect(chosen.map(({ value }) => value)).to.deep.equal(["call"]);
    const numbers = client.form("/reset/method").fields.filter(({ name }) => name.startsWith("number."));
    expect(
      numbers.map(({ value }) => value),
      "what was typed stays in its own field",
    ).to.deep.equal(["", "047o 12 34"]);
    expect(await client.text()).to.contain(TEXTS.en.problems.number_invalid);
  });

  it("keep the name when the start is refused, and say why", async () => {
    const start = async (userName: string) => {
      const client = host.visitor();
      await client.open("/reset");
      await client.submit("/reset/start", { userName });
      const kept = client.form("/reset/start").fields.find(({ name }) => name === "userName")?.value;
      return { status: client.page.status, kept, text: await client.text() };
    };

    const nobody = await start("jane@nobody.example");
    expect([nobody.status, nobody.kept]).to.deep.equal([404, "jane@nobody.example"]);
    expect(nobody.text).to.contain(TEXTS.en.errors.TENANT_NOT_FOUND.title);

    expect(await start("   ")).to.include({ status: 422 });
    expect((await start("a\u0000b")).text).to.contain(TEXTS.en.start.userNameInvalid);
    const slashes = await start("A\\B\\jane");
    expect([slashes.status, slashes.kept]).to.deep.equal([422, "A\\B\\jane"]);
    expect(slashes.text).to.contain("COMPANY\\name");
    expect((await start("x".repeat(300))).text).to.contain(TEXTS.en.start.userNameInvalid);

    host.policy = { scope: "none", contact: { url: "https://help.contoso.example/" } };
    const off = await start("jane");
    expect([off.status, off.kept]).to.deep.equal([403, "jane"]);
    expect(off.text).to.contain(TEXTS.en.errors.SELF_SERVICE_OFF.title).and.contain(TEXTS.en.contact.link);

    host.policy = { scope: "all" };
    host.reset.failNext = new AppError("RATE_LIMITED", undefined, {
      details: { until: Date.now() + 60_000 },
    });
    expect((await start("jane")).status).to.equal(429);
    expect(host.reset.calls.filter(([name]) => name === "begin")).to.have.length(1);
  });

  it("answer with a page of their own when something fails, under a reference that is in the log", async () => {
    const client = await host.begun({ language: "fr" });
    host.reset.failNext = new Error("inside");

    await client.submit("/reset/reason", { reason: "forgot" });

    expect(client.page.status).to.equal(500);
    expect(client.page.body).not.to.contain("inside");
    const reference = String(client.page.headers["x-request-id"]);
    // The client reads no-break spaces, which French has before a colon, as spaces.
    expect(await client.text()).to.contain(TEXTS.fr.site.requestId(reference).replace(/\s+/g, " "));
    expect(host.log.filter((line) => line.includes("portal.request.failed")).join("")).to.contain(reference);
  });

  it("are logged as what was done; page views are logged at debug", async () => {
    const client = await host.begun();
    await client.submit("/reset/reason", { reason: "forgot" });
    await client.open("/nothing");

    const finished = () =>
      host.log
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ message, route }) => message === "api.request.finished" && route !== "/captcha")
        .map(({ level, method, route, status }) => [level, method, route, status]);
    await waitFor("the last line", () => finished().length === 6);
    expect(finished()).to.deep.equal([
      ["debug", "GET", "/reset", 200],
      ["info", "POST", "/reset/start", 303],
      ["debug", "GET", "/reset", 200],
      ["info", "POST", "/reset/reason", 303],
      ["debug", "GET", "/reset", 200],
      ["info", "GET", "/*", 404],
    ]);
  });
});

const sessionId = (cookies: ReadonlyMap<string, string>): string => cookies.get(COOKIE)?.split(".")[1] ?? "";
