import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { expect } from "chai";
import { notifyConfigSchema } from "../../../../../cloud/config/notify.ts";
import { createHttpGatewayProvider } from "../../../../../cloud/notify/providers/http-gateway-provider.ts";
import type { ProviderAnswer } from "../../../../../cloud/notify/providers/provider.ts";
import { freePort } from "../../../../../lab/free-port.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { newId } from "../../../../../shared/ids.ts";
import { Secret } from "../../../../../shared/secret.ts";

const MOBILE = "+32470123456";
const KEY = "api-key+of/the=account";
/** Every character that a URL, a form or JSON must escape. */
const TEXT = 'Contoso: 48159263 & "code" = 100 % \\ été\n\n@latchkey.example #48159263 {secret}';

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

describe("texts by the HTTP API of any gateway", () => {
  const received: Received[] = [];
  let answer: { readonly status: number; readonly body: string };
  let server: ReturnType<typeof createServer>;
  let base: string;

  before(async () => {
    server = createServer((request, response) => {
      void readText(request).then((body) => {
        const { method = "", url = "", headers } = request;
        received.push({ method, url, headers, body });
        response.writeHead(answer.status, { location: "http://127.0.0.1:1/" }).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    received.splice(0);
    answer = { status: 200, body: "{}" };
  });

  const parse = (gateway: Readonly<Record<string, unknown>>, channel: "text" | "call" = "text") =>
    notifyConfigSchema.safeParse({
      [channel]: [{ kind: "http", name: "gateway", url: `${base}/send`, timeoutMs: 2_000, ...gateway }],
    });
  async function send(gateway: Readonly<Record<string, unknown>>): Promise<ProviderAnswer> {
    const [entry] = parse(gateway).data?.text ?? [];
    if (entry?.kind !== "http") throw new Error(JSON.stringify(parse(gateway).error?.issues));
    const provider = createHttpGatewayProvider(entry, systemClock);
    try {
      return await provider.send({
        id: newId(),
        tenantId: "contoso",
        correlationId: newId(),
        kind: "otp",
        language: "en",
        to: MOBILE,
        expiresAt: Date.now() + 300_000,
        otp: new Secret("48159263"),
        content: { channel: "text", text: TEXT },
      });
    } finally {
      await provider.close();
    }
  }
  const JSON_BODY = { body: '{"to":"{to}","text":"{text}"}' };

  it("fills a JSON body, each value escaped, and headers with the secret", async () => {
    const sent = await send({
      headers: ["Authorization: Bearer {secret}", "X-Ttl: {validSeconds}"],
      secret: KEY,
      from: 'Con"toso',
      body: '{"messages":[{"from":"{from}","to":"{toDigits}","text":"{text}","ref":"{id}"}]}',
    });

    const [request] = received;
    const [message] = (JSON.parse(request?.body ?? "") as { messages: Record<string, string>[] }).messages;
    expect(sent).to.deep.equal({ kind: "taken", said: "HTTP 200" });
    expect(request).to.include({ method: "POST", url: "/send" });
    expect(request?.headers).to.include({
      authorization: `Bearer ${KEY}`,
      "content-type": "application/json",
    });
    expect(Number(request?.headers["x-ttl"])).to.be.within(290, 300);
    // The braces in the text are text: values are not filled again.
    expect(message).to.include({ from: 'Con"toso', to: "32470123456", text: TEXT });
    expect(message?.["ref"]).to.match(/^contoso\.[0-9A-Z]{26}$/);
  });

  it("fills a form, and signs in with basic authentication", async () => {
    await send({
      format: "form",
      body: "to={to}&message={text}&unicode=1",
      headers: ["Authorization: Basic {basic}"],
      username: "latchkey",
      secret: KEY,
    });

    const [request] = received;
    expect(Object.fromEntries(new URLSearchParams(request?.body))).to.deep.equal({
      to: MOBILE,
      message: TEXT,
      unicode: "1",
    });
    expect(request?.headers["content-type"]).to.equal("application/x-www-form-urlencoded");
    expect(request?.headers["authorization"]).to.equal(
      `Basic ${Buffer.from(`latchkey:${KEY}`).toString("base64")}`,
    );
  });

  it("fills a URL, from which no value breaks out", async () => {
    await send({ method: "GET", url: `${base}/v1/{to}/sms?text={text}&key={secret}&x=1`, secret: KEY });

    const [request] = received;
    const url = new URL(request?.url ?? "", base);
    expect(request).to.include({ method: "GET", body: "" });
    expect(url.pathname).to.equal("/v1/%2B32470123456/sms");
    expect(Object.fromEntries(url.searchParams)).to.deep.equal({ text: TEXT, key: KEY, x: "1" });
  });

  describe("the answer", () => {
    const READ = {
      ...JSON_BODY,
      secret: KEY,
      headers: ["X-Key: {secret}"],
      answer: {
        statusPath: "messages.0.status",
        accepted: [0],
        busy: [1],
        idPath: "messages.0.message-id",
        errorPath: "messages.0.error-text",
      },
    };
    const saying = (fields: Readonly<Record<string, unknown>>, status = 200): void => {
      answer = { status, body: JSON.stringify({ messages: [fields] }) };
    };

    it("is read for acceptance and the gateway's id", async () => {
      saying({ status: "0", "message-id": "0A0000000123ABCD1" });
      expect(await send(READ)).to.deep.equal({
        kind: "taken",
        said: "HTTP 200, status 0, id 0A0000000123ABCD1",
      });
    });

    it("may refuse with 200, and says why, without number, code and secret", async () => {
      saying({
        status: "4",
        "error-text": `bad key ${KEY} for ${MOBILE} (32470123456), text ${TEXT.slice(0, 20)}`,
      });
      expect(await send(READ)).to.deep.equal({
        kind: "refused",
        of: "message",
        why: "HTTP 200, status 4, bad key [hidden] for [hidden] ([hidden]), text Contoso: [hidden] &",
      });
    });

    it("may ask to come back later", async () => {
      saying({ status: 1, "error-text": "Throttled" });
      expect(await send(READ)).to.deep.equal({ kind: "busy", why: "HTTP 200, status 1, Throttled" });
    });

    it("is no acceptance when the status is not there", async () => {
      answer = { status: 200, body: "<html>Sign in to the network</html>" };
      expect(await send(READ)).to.deep.equal({
        kind: "refused",
        of: "message",
        why: "HTTP 200, no messages.0.status in the answer",
      });
    });

    it("may be plain text", async () => {
      const plain = { ...JSON_BODY, answer: { contains: "OK" } };
      answer = { status: 200, body: "OK: 12345" };
      expect((await send(plain)).kind).to.equal("taken");
      answer = { status: 200, body: "ERR: 003" };
      expect(await send(plain)).to.deep.equal({
        kind: "refused",
        of: "message",
        why: "HTTP 200, the answer does not contain OK",
      });
    });

    it("decides by its HTTP status first", async () => {
      saying({ status: "0" }, 401);
      expect(await send(READ)).to.deep.equal({
        kind: "refused",
        of: "provider",
        why: "HTTP 401, status 0: the login was refused; check the account and the secret of this provider",
      });
      saying({ status: "0" }, 503);
      expect((await send(READ)).kind).to.equal("busy");
      saying({ status: "0" }, 302);
      expect(await send(READ))
        .to.have.property("why")
        .that.contains("redirects to another address, which is not followed");
      expect(received).to.have.length(3);
    });

    it("that does not come names the layer", async () => {
      expect(await send({ ...JSON_BODY, url: `http://127.0.0.1:${await freePort()}/send` }))
        .to.have.property("why")
        .that.matches(/^no connection: nothing listens at that address and port/);
    });
  });

  for (const [what, gateway, problem] of [
    ["a URL in the clear", { ...JSON_BODY, url: "http://sms.example.com/send" }, "must be https://"],
    [
      "a placeholder in the host name",
      { ...JSON_BODY, url: "http://127.0.0.1:{to}/send" },
      "must be an http:// or https:// URL",
    ],
    [
      "a placeholder in front of the host name",
      { ...JSON_BODY, url: "https://{secret}@sms.example.com/" },
      "may have placeholders in path and query only",
    ],
    ["an unknown placeholder", { body: '{"to":"{to}","t":"{text}","x":"{txt}"}' }, "{txt} is no placeholder"],
    ["a placeholder outside quotes", { body: '{"to":{to},"text":"{text}"}' }, "is no JSON once it is filled"],
    ["a template without the text", { body: '{"to":"{to}"}' }, "has no {text}"],
    ["a template without the number", { body: '{"text":"{text}"}' }, "has neither {to} nor {toDigits}"],
    [
      "a text in a header",
      { ...JSON_BODY, headers: ["X-Text: {text}"] },
      "{text} is for the URL or the body",
    ],
    ["a header in two lines", { ...JSON_BODY, headers: ["X-A: 1\r\nX-B: 2"] }, "must be Name: value"],
    ["a header of the connection", { ...JSON_BODY, headers: ["Host: other"] }, "the request itself sets"],
    [
      "a secret that is not given",
      { ...JSON_BODY, headers: ["X-Key: {secret}"] },
      "is missing: {secret} needs it",
    ],
    ["a body with GET", { ...JSON_BODY, method: "GET" }, "is not sent with GET"],
    ["a status without its values", { ...JSON_BODY, answer: { statusPath: "status" } }, "need each other"],
    ["keys of another kind", { ...JSON_BODY, accountSid: `AC${"0".repeat(32)}` }, "is not a setting of http"],
  ] as const)
    it(`refuses ${what} at start`, () => {
      const issues = parse(gateway).error?.issues.map(({ message }) => message) ?? [];
      expect(issues.join("\n")).to.contain(problem);
    });

  it("is for text messages alone", () => {
    const issues = parse(JSON_BODY, "call").error?.issues.map(({ message }) => message) ?? [];
    expect(issues).to.deep.equal(["http is for text messages; calls need twilio or webhook"]);
  });
});
