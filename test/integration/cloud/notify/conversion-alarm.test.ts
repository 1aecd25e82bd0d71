import { expect } from "chai";
import { MINUTE_MS } from "../../../../shared/durations.ts";
import { newId } from "../../../../shared/ids.ts";
import { ageLimits } from "../../../support/age-limits.ts";
import { type NotifierNode, otpTo, startNotifierNode } from "../../../support/notifier-node.ts";
import { type RedisServer, startRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";

const ADMIN = "security@contoso.example";

describe("the conversion alarm (T-05)", () => {
  let redis: RedisServer;
  let node: NotifierNode;
  let tenantId: string;
  let last: { readonly id: string; readonly network: string }[] = [];

  before(async () => {
    redis = await startRedis();
    node = await startNotifierNode({
      connection: redis.connection,
      notify: { outbox: true },
      adminEmails: [ADMIN],
    });
  });
  after(async () => {
    await node.close();
    await redis.stop();
  });
  beforeEach(() => {
    tenantId = `t${newId().toLowerCase()}`;
    last = [];
  });

  /** Sends codes to strangers, each from the next of so many networks. */
  async function send(count: number, networks = 10): Promise<void> {
    for (let sent = 0; sent < count; sent += 1) {
      const code = { id: newId(), network: `192.0.${sent % networks}.0/24` };
      last.push(code);
      const counted = { ...code, leastNetworks: 10 };
      await node.notifier.sendOtp(otpTo("+32470123456", "text", { tenantId, counted }));
    }
  }
  async function verify(count: number): Promise<void> {
    for (const code of last.slice(0, count)) await node.notifier.verified(tenantId, code);
  }
  const later = (minutes: number): Promise<void> =>
    ageLimits(node.store.redis, tenantId, minutes * MINUTE_MS);
  const opened = () =>
    node.audited.filter((event) => event.tenantId === tenantId && event.action === "breaker.opened");

  it("opens the breaker when fewer than a quarter of 20 codes were typed in, and tells audit and administrators", async () => {
    await send(20);
    await verify(4);
    await later(6);

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
    const other = await startNotifierNode({ connection: redis.connection, notify: { outbox: true } });
    try {
      await send(20);
      await later(6);
      await send(3);

      expect(await other.notifier.breakerOpen(tenantId)).to.equal(true);
      expect(opened()).to.have.length(1);
    } finally {
      await other.close();
    }
  });

  for (const [what, sends, networks, proofs, minutes] of [
    ["a quarter was typed in", 24, 10, 6, 6],
    ["there were too few to judge", 19, 10, 0, 6],
    ["the codes can still be typed in", 30, 10, 0, 1],
    ["it was more than an hour ago", 30, 10, 0, 62],
    ["they are of fewer networks", 60, 9, 0, 6],
  ] as const)
    it(`stays quiet while ${what}`, async () => {
      await send(sends, networks);
      await verify(proofs);
      await later(minutes);

      await send(1);

      expect(await node.notifier.breakerOpen(tenantId)).to.equal(false);
      expect(opened()).to.deep.equal([]);
    });

  it("counts no message that does not say for whom it was sent: mails, and codes of people who have proved who they are", async () => {
    for (let sent = 0; sent < 25; sent += 1)
      await node.notifier.sendOtp(otpTo("+32470123456", "text", { tenantId }));
    await later(6);
    await send(1);

    expect(await node.notifier.breakerOpen(tenantId)).to.equal(false);
  });
});
