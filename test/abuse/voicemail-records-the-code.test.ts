import { expect } from "chai";
import { systemClock } from "../../shared/clock.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { type NotifierNode, otpTo, startNotifierNode, twilioProvider } from "../support/notifier-node.ts";
import { sharedRedis } from "../support/redis.ts";
import { pressKey, type SmsGateway, startSmsGateway, TWILIO_ACCOUNT } from "../support/sms-gateway.ts";

const MOBILE = "+32470123456";

describe("a voicemail that takes the call, and that a thief listens to", () => {
  const open = new CloseStack();
  let gateway: SmsGateway;
  let node: NotifierNode;
  let later = 0;
  before(async () => {
    gateway = await startSmsGateway();
    open.defer(() => gateway.close());
    const notify = { call: [twilioProvider(gateway)] };
    const clock = { ...systemClock, now: () => Date.now() + later };
    node = await startNotifierNode({ connection: (await sharedRedis()).connection, notify, clock });
    open.defer(() => node.close());
  });
  after(() => open.close());

  it("hears no code: a call says it only after a key, only to Twilio, and only until the code expires (finding 16)", async () => {
    const { notifier, url } = node;
    gateway.answerByVoicemail();

    await notifier.sendOtp(otpTo(MOBILE, "call"));

    const [call] = gateway.sent.map(({ content }) => content);
    const actionOf = (twiml = ""): string =>
      /action="([^"]+)"/.exec(twiml)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(call)
      .to.contain("press any key")
      .and.not.match(/4, ?8, ?1|48159263/);
    expect((await pressKey(actionOf(call), TWILIO_ACCOUNT.token)).twiml).to.contain("4, 8, 1, 5, 9, 2, 6, 3");
    expect(await pressKey(actionOf(call), "another token")).to.include({ status: 404 });
    expect(await pressKey(`${url}/notify/twilio-speech?speech=AAAA`, TWILIO_ACCOUNT.token)).to.include({
      status: 404,
    });
    later = 301_000;
    expect((await pressKey(actionOf(call), TWILIO_ACCOUNT.token)).twiml).to.contain("<Hangup/>");
  });
});
