import { once } from "node:events";
import { get, type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { expect } from "chai";
import { newId } from "../../../../shared/ids.ts";
import {
  type NotifierNode,
  otpTo,
  startNotifierNode,
  webhookProvider,
} from "../../../support/notifier-node.ts";
import { type RedisServer, startRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import { startSmsGateway } from "../../../support/sms-gateway.ts";

interface Listed {
  readonly messages: readonly {
    readonly number: number;
    readonly otp: string | null;
    readonly channel: string;
    readonly subject: string | null;
    readonly to: string;
  }[];
}

describe("the development outbox", () => {
  let redis: RedisServer;
  let node: NotifierNode;

  before(async () => {
    redis = await startRedis();
    node = await startNotifierNode({
      connection: redis.connection,
      notify: { outbox: true },
      tenantName: "<Contoso & Co>",
    });
  });
  after(async () => {
    await node.close();
    await redis.stop();
  });

  const list = async (query = ""): Promise<Listed["messages"]> =>
    ((await (await fetch(`${node.url}/outbox.json${query}`)).json()) as Listed).messages;

  it("takes the messages of every channel and gives their codes to scripts, newest first", async () => {
    const to = "+32470123456";
    const before = (await list())[0]?.number ?? 0;

    await node.notifier.sendOtp(otpTo(to, "text"));
    await node.notifier.sendOtp(otpTo(to, "call"));
    await node.notifier.sendOtp(otpTo("j.doe@contoso.example", "email"));

    const phone = await list(`?to=${encodeURIComponent(to)}&after=${before}`);
    const [mail] = await list(`?after=${before + 2}`);
    expect([...node.notifier.channels].sort()).to.deep.equal(["call", "email", "text"]);
    expect(phone.map(({ channel }) => channel)).to.deep.equal(["call", "text"]);
    expect(phone.map(({ otp }) => otp)).to.deep.equal(["48159263", "48159263"]);
    expect(mail).to.include({
      channel: "email",
      to: "j.doe@contoso.example",
      subject: "Your verification code for <Contoso & Co>",
    });
  });

  it("answers a waiting request as soon as a message comes, and with none when the wait is over", async () => {
    const to = "+32470123458";
    const query = `?to=${encodeURIComponent(to)}&wait=`;
    const none = await list(`${query}1`);
    const [first, another] = [list(`${query}20`), list(`${query}20`)];
    await node.notifier.sendOtp(otpTo("+32470123459", "text"));
    await node.notifier.sendOtp(otpTo(to, "text"));

    expect(none).to.deep.equal([]);
    for (const messages of await Promise.all([first, another]))
      expect(messages.map((message) => message.to)).to.deep.equal([to]);
  });

  it("answers waiting requests when the node closes", async () => {
    const closing = await startNotifierNode({ connection: redis.connection, notify: { outbox: true } });
    const answer = once(get(`${closing.url}/outbox.json?wait=20`, { agent: false }), "response");
    await statusFor(closing.url, "127.0.0.1"); // the one before is under way by now
    await closing.close();

    const [response] = (await answer) as [IncomingMessage];
    expect(await json(response)).to.deep.equal({ messages: [] });
  });

  it("shows them on a page without script, escaped", async () => {
    await node.notifier.sendOtp(otpTo("+32470123457", "text"));

    const response = await fetch(`${node.url}/outbox`);
    const page = await response.text();

    expect(response.headers.get("content-security-policy")).to.match(
      /^default-src 'none'; style-src 'sha256-/,
    );
    expect(page).to.contain('<p class="otp">48159263</p>').and.contain("&lt;Contoso &amp; Co&gt;");
    expect(page).to.not.match(/<script|<Contoso/);
    expect(page).to.contain('http-equiv="refresh"');
  });

  it("keeps the last 200", async () => {
    const tenantId = `t${newId().toLowerCase()}`;
    const emails = Array.from({ length: 20 }, (_, index) => `p${index}@contoso.example`);
    for (let round = 0; round < 11; round += 1)
      await Promise.all(emails.map((email) => node.notifier.sendOtp(otpTo(email, "email", { tenantId }))));

    const messages = await list();

    expect(messages).to.have.length(200);
    expect(messages[0]?.number).to.equal((messages.at(-1)?.number ?? 0) + 199);
  });

  it("refuses what it does not know, and names that only lead to this host", async () => {
    const unknown = await fetch(`${node.url}/outbox.json?from=x`);
    const rebound = await statusFor(node.url, "evil.example");

    expect(unknown.status).to.equal(400);
    expect(rebound).to.equal(404);
  });

  for (const publicUrl of [
    "https://reset.contoso.example",
    "http://reset.contoso.example",
    "https://127.0.0.1:8443",
  ])
    it(`is not to be had at ${publicUrl}`, async () => {
      const error = await rejection(
        startNotifierNode({ connection: redis.connection, notify: { outbox: true }, publicUrl }),
      );

      expect(error.code).to.equal("CONFIG_INVALID");
    });

  it("is asked after the providers that are configured", async () => {
    const gateway = await startSmsGateway();
    const both = await startNotifierNode({
      connection: redis.connection,
      notify: { outbox: true, text: [webhookProvider(gateway)] },
    });
    try {
      const first = await both.notifier.sendOtp(otpTo("+32470123456", "text"));
      gateway.answerWith({ status: 500 });
      const second = await both.notifier.sendOtp(otpTo("+32470123456", "text"));

      expect([first.provider, second.provider]).to.deep.equal(["hook", "outbox"]);
    } finally {
      await both.close();
      await gateway.close();
    }
  });

  it("is not there when it is off", async () => {
    const off = await startNotifierNode({ connection: redis.connection });
    try {
      expect((await fetch(`${off.url}/outbox`)).status).to.equal(404);
      expect((await fetch(`${off.url}/outbox.json`)).status).to.equal(404);
    } finally {
      await off.close();
    }
  });
});

/** `fetch` does not let one choose the Host header. */
const statusFor = (url: string, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(`${url}/outbox.json`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
