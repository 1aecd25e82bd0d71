import { expect } from "chai";
import { systemClock } from "../../shared/clock.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import { ageLimits } from "../support/age-limits.ts";
import { userId, usersUpTo } from "../support/directory-users.ts";
import { type NotifierNode, startNotifierNode } from "../support/notifier-node.ts";
import { sharedRedis } from "../support/redis.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";
import { waitFor } from "../support/wait-for.ts";

/** The notifier caches for a second whether the breaker is open. */
const CACHED_MS = 1_100;

describe("the breaker against paid numbers", () => {
  let host: ResetHost;
  let node: NotifierNode;
  let ahead = 0;
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + ahead };
  before(async () => {
    host = await startResetHost();
    node = await startNotifierNode({ ...(await sharedRedis()), notify: { outbox: true }, clock });
    host.script.conversion = node.notifier;
  });
  after(async () => {
    await host.close();
    await node.close();
  });

  const ask = async (tenantId: string, number: number, address?: string) =>
    (await host.ask(tenantId, number, address)).answer;

  it("is no switch for one stranger who leaves 20 codes unused (finding 9, T-05, T-11): few count for one network, and several networks are needed", async () => {
    const tenantId = await host.newTenant({}, usersUpTo(30));
    for (let number = 0; number < 25; number++) await ask(tenantId, number, "192.0.2.7");
    await ageLimits(host.store.redis, tenantId, 6 * MINUTE_MS);
    expect(await ask(tenantId, 25, "192.0.2.7")).to.equal("sent");
    ahead += CACHED_MS;

    expect(await node.notifier.breakerOpen(tenantId)).to.equal(false);
    expect(await ask(tenantId, 26, "198.51.100.3"), "anybody elsewhere").to.equal("sent");
  });

  it("opened by many networks spares those who have proved who they are before, is listed, and is lifted (finding 9, T-05)", async () => {
    const limits = { attack: { networks: 7 } };
    const tenantId = await host.newTenant({ limits }, usersUpTo(30));
    const { key, otp } = await host.ask(tenantId, 29);
    await host.enter(key, otp);
    await waitFor(
      "the person to be known",
      async () => (await host.limits.known(tenantId, userId(29), "")).person,
    );
    for (let number = 0; number < 22; number++) await ask(tenantId, number, `198.18.${number % 8}.1`);
    await ageLimits(host.store.redis, tenantId, 6 * MINUTE_MS);
    expect(await ask(tenantId, 22)).to.equal("sent");
    ahead += CACHED_MS;

    expect(await ask(tenantId, 23)).to.equal("breaker_open");
    expect(await ask(tenantId, 29), "proved before").to.equal("sent");
    const engaged = (await host.limits.engaged(tenantId)).filter(({ name }) => name === "unused_codes");
    expect(engaged[0]?.until).to.be.closeTo(Date.now() + HOUR_MS, 60_000);
    await host.limits.clear(tenantId, engaged);
    ahead += CACHED_MS;
    expect(await ask(tenantId, 24), "lifted").to.equal("sent");
  });
});
