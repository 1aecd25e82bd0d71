import { expect } from "chai";
import { type Clock, systemClock } from "../../../../shared/clock.ts";
import { MINUTE_MS } from "../../../../shared/durations.ts";
import { newId } from "../../../../shared/ids.ts";
import type { Channel } from "../../../../shared/methods.ts";
import { type NotifierNode, otpTo, startNotifierNode } from "../../../support/notifier-node.ts";
import { type RedisServer, startRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";

const ADMIN = "security@contoso.example";

describe("the conversion alarm (T-05)", () => {
  let redis: RedisServer;
  let node: NotifierNode;
  let tenantId: string;
  let passedMs = 0;
  /** Moves the wall clock alone: timers go on in real time. */
  const clock: Clock = { ...systemClock, now: () => Date.now() + passedMs };

  before(async () => {
    redis = await startRedis();
    node = await startNotifierNode({
      connection: redis.connection,
      notify: { outbox: true },
      adminEmails: [ADMIN],
      clock,
    });
  });
  after(async () => {
    await node.close();
    await redis.stop();
  });
  beforeEach(() => {
    tenantId = `t${newId().toLowerCase()}`;
    passedMs = 0;
  });

  async function send(count: number, channel: Channel = "text"): Promise<void> {
    const to = channel === "email" ? "j.doe@contoso.example" : "+32470123456";
    for (let sent = 0; sent < count; sent += 1)
      await node.notifier.sendOtp(otpTo(to, channel, { tenantId, expiresAt: clock.now() + 5 * MINUTE_MS }));
  }
  async function verify(count: number): Promise<void> {
    for (let done = 0; done < count; done += 1) await node.notifier.verified(tenantId, "text");
  }
  const opened = () =>
    node.audited.filter((event) => event.tenantId === tenantId && event.action === "breaker.opened");

  it("opens the breaker when fewer than a quarter of 20 codes were typed in, and tells audit and administrators", async () => {
    await send(20);
    await verify(4);
    passedMs = 6 * MINUTE_MS;

    await send(1);

    expect(await node.notifier.breakerOpen(tenantId)).to.equal(true);
    expect(opened().map(({ details }) => details)).to.deep.equal([
      { breaker: "conversion", sent: 20, verified: 4 },
    ]);
    const told = await waitFor("the mail", async () => {
      const all = await node.notifier.deliveries(tenantId, 50);
      return all.find(({ kind, state }) => kind === "admin_breaker_opened" && state === "sent");
    });
    expect(told.to).to.equal("s***@contoso.example");
  });

  it("is known at every node, and reported once an hour", async () => {
    const other = await startNotifierNode({ connection: redis.connection, notify: { outbox: true }, clock });
    try {
      await send(20);
      passedMs = 6 * MINUTE_MS;
      await send(3);

      expect(await other.notifier.breakerOpen(tenantId)).to.equal(true);
      expect(opened()).to.have.length(1);
    } finally {
      await other.close();
    }
  });

  for (const [what, sends, proofs, minutes] of [
    ["a quarter was typed in", 20, 5, 6],
    ["there were too few to judge", 19, 0, 6],
    ["the codes can still be typed in", 40, 0, 1],
    ["it was more than an hour ago", 40, 0, 62],
  ] as const)
    it(`stays quiet while ${what}`, async () => {
      await send(sends);
      await verify(proofs);
      passedMs = minutes * MINUTE_MS;

      await send(1);

      expect(await node.notifier.breakerOpen(tenantId)).to.equal(false);
      expect(opened()).to.deep.equal([]);
    });

  it("does not count mails, which cost nothing", async () => {
    await send(25, "email");
    passedMs = 6 * MINUTE_MS;
    await send(1, "email");

    expect(await node.notifier.breakerOpen(tenantId)).to.equal(false);
  });
});
