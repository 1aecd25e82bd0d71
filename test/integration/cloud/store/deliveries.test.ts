import { expect } from "chai";
import { type Clock, systemClock } from "../../../../shared/clock.ts";
import { MINUTE_MS } from "../../../../shared/durations.ts";
import {
  type NotifierNode,
  otpTo,
  startNotifierNode,
  webhookProvider,
} from "../../../support/notifier-node.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { type SmsGateway, startSmsGateway } from "../../../support/sms-gateway.ts";
import { waitFor } from "../../../support/wait-for.ts";

const MOBILE = "+32470123456";

describe("deliveries as they are shown", () => {
  const nodes: NotifierNode[] = [];
  let gateway: SmsGateway;
  let other: SmsGateway;

  beforeEach(async () => {
    gateway = await startSmsGateway();
    other = await startSmsGateway();
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.close();
    await gateway.close();
    await other.close();
  });
  async function start(text: readonly unknown[], clock: Clock = systemClock): Promise<NotifierNode> {
    const { connection } = await sharedRedis();
    const node = await startNotifierNode({ connection, notify: { text }, clock });
    nodes.push(node);
    return node;
  }

  it("say that a code failed which its node did not finish, once it has expired", async () => {
    gateway.answerNext("silent");
    const sender = await start([webhookProvider(gateway, { timeoutMs: 60_000 })]);
    let aheadMs = 0;
    const reader = await start([], { ...systemClock, now: () => Date.now() + aheadMs });
    const message = otpTo(MOBILE, "text");
    const shown = async () => (await reader.notifier.deliveries(message.tenantId, 1))[0];

    void sender.notifier.sendOtp(message);
    await waitFor("the request to the provider", () => gateway.requests() > 0);
    const before = await shown();
    aheadMs = 6 * MINUTE_MS;
    const expired = await shown();
    aheadMs = 8 * MINUTE_MS;
    const after = await shown();

    expect(before).to.include({ state: "waiting", error: null });
    expect(expired).to.include({ state: "waiting" }); // a node that lives may still be waiting for the provider
    expect(after).to.include({
      state: "failed",
      provider: null,
      changedAt: message.expiresAt,
      error: "expired; the node that sent it stopped before it knew whether a provider accepted it",
    });
  });

  it("have an error only where the message did not go out", async () => {
    gateway.answerNext({ status: 400 });
    const { notifier } = await start([
      webhookProvider(gateway, { name: "first" }),
      webhookProvider(other, { name: "second" }),
    ]);
    const message = otpTo(MOBILE, "text");

    const delivery = await notifier.sendOtp(message);

    const [shown] = await notifier.deliveries(message.tenantId, 1);
    expect(delivery).to.include({ state: "sent", provider: "second", error: "first: HTTP 400" });
    expect(shown).to.include({ state: "sent", provider: "second", tries: 2, error: null });
  });
});
