import { expect } from "chai";
import type { Delivery } from "../../../../cloud/store/delivery-record.ts";
import { newId } from "../../../../shared/ids.ts";
import { Secret } from "../../../../shared/secret.ts";
import { findCanariesInFiles } from "../../../support/canaries.ts";
import {
  newPortalKeys,
  type NotifierNode,
  type NotifierNodeOptions,
  otpTo,
  startNotifierNode,
  twilioProvider,
  webhookProvider,
} from "../../../support/notifier-node.ts";
import { type RedisServer, startRedis } from "../../../support/redis.ts";
import {
  reportAsTwilio,
  reportAsWebhook,
  type SmsGateway,
  startSmsGateway,
} from "../../../support/sms-gateway.ts";

const MOBILE = "+32470123456";

describe("texts and calls", () => {
  let redis: RedisServer;
  let gateway: SmsGateway;
  let other: SmsGateway;
  let node: NotifierNode | undefined;

  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());
  beforeEach(async () => {
    gateway = await startSmsGateway();
    other = await startSmsGateway();
  });
  afterEach(async () => {
    await node?.close();
    node = undefined;
    await gateway.close();
    await other.close();
  });

  async function start(
    notify: Record<string, unknown>,
    options: Partial<NotifierNodeOptions> = {},
  ): Promise<NotifierNode> {
    node = await startNotifierNode({ connection: redis.connection, notify, ...options });
    return node;
  }
  const recordOf = async (
    { notifier }: NotifierNode,
    { tenantId, id }: Delivery,
  ): Promise<Delivery | undefined> =>
    (await notifier.deliveries(tenantId, 10)).find((delivery) => delivery.id === id);

  it("texts a code by Twilio, signed in to its account", async () => {
    const { notifier, url } = await start({ text: [twilioProvider(gateway)] });

    const delivery = await notifier.sendOtp(otpTo(MOBILE, "text"));

    const [text] = gateway.sent;
    expect(delivery).to.include({ state: "sent", provider: "twilio", tries: 1, to: "+32 *** **56" });
    expect(text).to.include({ via: "twilio", channel: "text", to: MOBILE });
    expect(text?.content).to.equal(
      "Contoso: 48159263 is your verification code. Do not share it with anyone.\n\n@127.0.0.1 #48159263",
    );
    expect(text?.fields["From"]).to.equal("+15005550006");
    expect(text?.fields["StatusCallback"]).to.match(new RegExp(`^${url}/notify/twilio/`));
    expect(Number(text?.fields["ValidityPeriod"])).to.be.within(290, 300);
    expect(gateway.refusals).to.deep.equal([]);
  });

  it("calls by Twilio and says the digits one by one, twice, in the person's language", async () => {
    const { notifier } = await start({ call: [twilioProvider(gateway)] });

    await notifier.sendOtp(otpTo(MOBILE, "call", { language: "nl" }));

    const [call] = gateway.sent;
    expect(call).to.include({ channel: "call", to: MOBILE });
    expect(call?.content.match(/4, 8, 1, 5, 9, 2, 6, 3/g)).to.have.length(2);
    expect(call?.content)
      .to.match(/<Say language="nl-NL">.*Uw code is/)
      .and.contain("<Pause");
    expect(call?.fields["Twiml"]).to.match(/<Gather .*Druk op een toets/);
  });

  it("posts a signed message to a webhook", async () => {
    const { notifier } = await start({ text: [webhookProvider(gateway)], call: [webhookProvider(gateway)] });
    const message = otpTo(MOBILE, "text");

    const delivery = await notifier.sendOtp(message);
    await notifier.sendOtp(otpTo(MOBILE, "call"));

    const [text, call] = gateway.sent;
    expect(gateway.refusals).to.deep.equal([]);
    expect(text?.fields).to.deep.equal({
      id: `${message.tenantId}.${delivery.id}`,
      tenantId: message.tenantId,
      correlationId: message.correlationId,
      kind: "otp",
      channel: "text",
      to: MOBILE,
      language: "en",
      text: text?.content,
      expiresAt: new Date(message.expiresAt).toISOString(),
    });
    expect(call?.fields["sentences"]).to.be.an("array").with.length(5);
  });

  describe("a provider in trouble (F-33)", () => {
    it("is passed over for the next one when it answers 503", async () => {
      const { notifier } = await start({ text: [twilioProvider(gateway), webhookProvider(other)] });
      gateway.answerWith({ status: 503 });

      const delivery = await notifier.sendOtp(otpTo(MOBILE, "text"));

      expect(delivery).to.include({ state: "sent", provider: "hook", tries: 2 });
      expect(delivery.error).to.match(/^twilio: HTTP 503/);
      expect([gateway.sent.length, other.sent.length]).to.deep.equal([0, 1]);
    });

    it("is asked last for a while after it failed, so that later messages do not wait for it", async () => {
      const { notifier } = await start({ text: [twilioProvider(gateway), webhookProvider(other)] });
      gateway.answerWith({ status: 503 });

      await notifier.sendOtp(otpTo(MOBILE, "text"));
      const second = await notifier.sendOtp(otpTo(MOBILE, "text"));

      expect(second).to.include({ provider: "hook", tries: 1, error: null });
      expect(gateway.requests()).to.equal(1);
    });

    it("is asked again while the code is good, with the very same code", async () => {
      const { notifier } = await start({ text: [twilioProvider(gateway)] });
      gateway.answerNext({ status: 500 }, { status: 429 });

      const delivery = await notifier.sendOtp(otpTo(MOBILE, "text"));

      expect(delivery).to.include({ state: "sent", tries: 3 });
      expect(gateway.sent).to.have.length(1);
      expect(gateway.sent[0]?.content).to.contain("48159263");
    });

    it("is not asked any more when the code has expired", async () => {
      const { notifier } = await start({ text: [twilioProvider(gateway)] });
      gateway.answerWith({ status: 500 });

      const delivery = await notifier.sendOtp(otpTo(MOBILE, "text", { expiresAt: Date.now() + 100 }));

      expect(delivery.state).to.equal("failed");
      expect(gateway.requests()).to.be.lessThan(3);
    });

    it("is not asked again when it refused the number", async () => {
      const { notifier } = await start({ text: [twilioProvider(gateway)] });
      gateway.answerWith({ status: 400, error: 21_211 });

      const delivery = await notifier.sendOtp(otpTo(MOBILE, "text"));

      expect(delivery).to.include({
        state: "failed",
        tries: 1,
        error: "twilio: HTTP 400, Twilio error 21211",
      });
      expect(gateway.requests()).to.equal(1);
    });

    it("is never given a message twice that it may have taken; another one is, once, and the record says so", async () => {
      const third = await startSmsGateway();
      try {
        const { notifier } = await start({
          text: [
            twilioProvider(gateway, { name: "one", timeoutMs: 150 }),
            twilioProvider(other, { name: "two", timeoutMs: 150 }),
            twilioProvider(third, { name: "three" }),
          ],
        });
        gateway.answerWith("taken_silent");
        other.answerWith("taken_silent");

        const delivery = await notifier.sendOtp(otpTo(MOBILE, "text"));

        expect(delivery).to.include({ state: "failed", tries: 2 });
        expect(delivery.error).to.contain("two: no answer").and.contain("may have been accepted");
        expect([gateway.sent.length, other.sent.length, third.sent.length]).to.deep.equal([1, 1, 0]);
      } finally {
        await third.close();
      }
    });

    it("may be told twice when it is a webhook, which knows the message by its id", async () => {
      const { notifier } = await start({ text: [webhookProvider(gateway, { timeoutMs: 150 })] });
      gateway.answerNext("taken_silent");

      const delivery = await notifier.sendOtp(otpTo(MOBILE, "text"));

      expect(delivery).to.include({ state: "sent", tries: 2 });
      expect([gateway.requests(), gateway.sent.length]).to.deep.equal([2, 1]);
    });

    it("that hangs, resets the connection or is not there costs its time and no more", async () => {
      await other.close();
      const { notifier } = await start({
        text: [
          twilioProvider(gateway, { name: "hangs", timeoutMs: 150 }),
          webhookProvider(other, { name: "gone" }),
          webhookProvider(gateway, { name: "last" }),
        ],
      });
      gateway.answerNext("silent");

      const delivery = await notifier.sendOtp(otpTo(MOBILE, "text"));

      expect(delivery).to.include({ state: "sent", provider: "last", tries: 3 });
      expect(delivery.error).to.match(
        /^gone: no connection: nothing listens at that address and port.* \(ECONNREFUSED\)$/,
      );
    });

    it("does not keep a node from closing", async () => {
      const { notifier } = await start({ text: [webhookProvider(gateway, { timeoutMs: 60_000 })] });
      gateway.answerWith({ status: 503 });
      const sending = notifier.sendOtp(otpTo(MOBILE, "text"));

      await node?.close();

      expect((await sending).state).to.equal("failed");
    });
  });

  describe("reports of what became of a message", () => {
    it("of Twilio count when they are signed, once", async () => {
      const here = await start({ text: [twilioProvider(gateway)], call: [twilioProvider(gateway)] });
      const delivery = await here.notifier.sendOtp(otpTo(MOBILE, "text"));
      const callback = gateway.sent[0]?.fields["StatusCallback"] ?? "";
      const report = (MessageStatus: string) =>
        reportAsTwilio(callback, { MessageSid: "SM1", MessageStatus, ErrorCode: "30003" });

      const statuses = [await report("sent"), await report("delivered")];
      const first = await recordOf(here, delivery);
      statuses.push(await report("delivered"), await report("undelivered"));

      expect(statuses).to.deep.equal([204, 204, 204, 204]);
      expect(first).to.include({ state: "delivered", error: null });
      expect(await recordOf(here, delivery)).to.deep.equal(first);
    });

    it("say why a message did not arrive, without the number", async () => {
      const here = await start({ call: [twilioProvider(gateway)] });
      const delivery = await here.notifier.sendOtp(otpTo(MOBILE, "call"));
      const callback = gateway.sent[0]?.fields["StatusCallback"] ?? "";

      await reportAsTwilio(callback, { CallSid: "CA1", CallStatus: "no-answer", To: MOBILE });

      expect(await recordOf(here, delivery)).to.include({ state: "undelivered", error: "twilio: no-answer" });
    });

    it("are refused when signed by another, or about no message", async () => {
      const portalKeys = newPortalKeys();
      const here = await start({ text: [twilioProvider(gateway)] }, { portalKeys });
      const delivery = await here.notifier.sendOtp(otpTo(MOBILE, "text"));
      const callback = gateway.sent[0]?.fields["StatusCallback"] ?? "";
      const done = { MessageStatus: "delivered" };
      const [, , , proof = ""] = new URL(callback).pathname.split("/").at(-1)?.split(".") ?? [];
      const forged = `${here.url}/notify/twilio/${delivery.tenantId}.${newId()}.twilio.${proof}`;

      const statuses = [
        await reportAsTwilio(callback, done, "another token"),
        await reportAsTwilio(forged, done),
        await reportAsTwilio(`${here.url}/notify/twilio/nonsense`, done),
      ];

      expect(statuses).to.deep.equal([404, 404, 404]);
      expect(await recordOf(here, delivery)).to.include({ state: "sent" });
    });

    it("of a webhook count when they are signed and fresh", async () => {
      const here = await start({ text: [webhookProvider(gateway)] });
      const delivery = await here.notifier.sendOtp(otpTo(MOBILE, "text"));
      const report = {
        id: `${delivery.tenantId}.${delivery.id}`,
        status: "undelivered",
        reason: `no ${MOBILE}`,
      };
      const address = `${here.url}/notify/webhook/hook`;

      const refused = [
        await reportAsWebhook(address, report, { secret: "another secret" }),
        await reportAsWebhook(address, report, { at: Date.now() - 3_600_000 }),
        await reportAsWebhook(`${here.url}/notify/webhook/else`, report),
        await reportAsWebhook(address, { ...report, id: `${delivery.tenantId}.${newId()}` }),
        await reportAsWebhook(address, { ...report, id: "x" }),
        await reportAsWebhook(address, { ...report, status: "eaten" }),
      ];
      const untouched = await recordOf(here, delivery);
      const taken = [await reportAsWebhook(address, report), await reportAsWebhook(address, report)];

      expect(refused).to.deep.equal([404, 404, 404, 404, 404, 400]);
      expect(untouched).to.include({ state: "sent" });
      expect(taken).to.deep.equal([204, 204]);
      expect(await recordOf(here, delivery)).to.include({ state: "undelivered", error: "hook: no …" });
    });

    it("of a provider that was given up on change nothing, unless it did deliver", async () => {
      const here = await start({
        text: [twilioProvider(gateway, { timeoutMs: 150 }), webhookProvider(other)],
      });
      gateway.answerWith("taken_silent");
      const delivery = await here.notifier.sendOtp(otpTo(MOBILE, "text"));
      const callback = gateway.sent[0]?.fields["StatusCallback"] ?? "";

      await reportAsTwilio(callback, { MessageStatus: "undelivered" });
      const before = await recordOf(here, delivery);
      await reportAsTwilio(callback, { MessageStatus: "delivered" });

      expect(before).to.include({ state: "sent", provider: "hook" });
      expect(await recordOf(here, delivery)).to.include({ state: "delivered", provider: "twilio" });
    });
  });

  describe("nothing is sent (T-05)", () => {
    for (const [to, why] of [
      ["+3290012345", "the number is premium rate"],
      ["+88213300655", "the number is invalid"],
      ["+33612345678", "the number's country (FR) is not in notify.allowedCountries"],
      ["0470123456", "the number is invalid"],
      ["+32470123456\r\n+33612345678", "the number is invalid"],
    ] as const)
      it(`to ${JSON.stringify(to)}`, async () => {
        const { notifier } = await start({
          text: [webhookProvider(gateway)],
          allowedCountries: ["BE", "NL"],
        });
        const message = otpTo(to, "text");

        const delivery = await notifier.sendOtp(message);

        expect(delivery).to.include({ state: "failed", tries: 0, provider: null });
        expect(delivery.error).to.match(/^the number/);
        if (!to.startsWith("+882")) expect(delivery.error).to.equal(why);
        expect(gateway.requests()).to.equal(0);
        expect(await notifier.deliveries(message.tenantId, 10)).to.have.length(1);
      });

    it("where there is no provider", async () => {
      const { notifier } = await start({ text: [webhookProvider(gateway)] });

      const delivery = await notifier.sendOtp(otpTo(MOBILE, "call"));

      expect([...notifier.channels]).to.deep.equal(["text"]);
      expect(delivery.error).to.match(/^PROVIDER_MISSING/);
    });
  });

  it("lists deliveries newest first, by tenant and by what they are about", async () => {
    const { notifier } = await start({ text: [webhookProvider(gateway)] });
    const first = otpTo(MOBILE, "text");
    const second = otpTo(MOBILE, "text", { tenantId: first.tenantId });
    const sent = [await notifier.sendOtp(first), await notifier.sendOtp(second)];

    const all = await notifier.deliveries(first.tenantId, 10);
    const one = await notifier.deliveries(first.tenantId, 10, first.correlationId);

    expect(all.map(({ id }) => id)).to.deep.equal(sent.map(({ id }) => id).reverse());
    expect(one.map(({ id }) => id)).to.deep.equal([sent[0]?.id]);
    expect(await notifier.deliveries(otpTo(MOBILE, "text").tenantId, 10)).to.deep.equal([]);
  });

  it("leaves neither code nor number in Redis or in the log", async () => {
    const here = await start({ text: [twilioProvider(gateway, { timeoutMs: 150 }), webhookProvider(other)] });
    const message = otpTo(MOBILE, "text", { otp: new Secret("90417735") });
    gateway.answerNext("silent");
    other.answerNext({ status: 500 });

    await here.notifier.sendOtp(message);

    const canaries = { otp: "90417735", number: "470123456" };
    const { sightings, files } = await findCanariesInFiles(canaries, redis.directory);
    expect(files).to.not.deep.equal([]);
    expect(sightings).to.deep.equal([]);
    expect(JSON.stringify(here.logged))
      .to.contain(message.correlationId)
      .and.not.match(/90417735|470123456/);
  });
});
