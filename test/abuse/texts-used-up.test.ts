import { expect } from "chai";
import { HOUR_MS } from "../../shared/durations.ts";
import { ageLimits } from "../support/age-limits.ts";
import { userId, usersUpTo } from "../support/directory-users.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";
import { waitFor } from "../support/wait-for.ts";

const STRANGER = "192.0.2.7";

describe("the tenant's texts of a day", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  /** 15 texts a day for strangers and 15 for those who have proved who they are. */
  const tenant = (limits = {}) =>
    host.newTenant({ limits: { codesPerDay: { minimum: 30, percentOfUsers: 0 }, ...limits } }, usersUpTo(40));
  const answers = async (tenantId: string, from: number, to: number, address?: string) => {
    const all: unknown[] = [];
    for (let number = from; number < to; number++)
      all.push((await host.ask(tenantId, number, address)).answer);
    return all;
  };
  const isKnown = (tenantId: string, number: number) =>
    waitFor(
      "the person to be known",
      async () => (await host.limits.known(tenantId, userId(number), "")).person,
    );
  const counted = async (tenantId: string, name: string): Promise<number> => {
    const text = (await host.store.redis.hget(`lk:{${tenantId}}:limit:${name}`, "count")) ?? "";
    return [...text.replace(/^[^;]*;/, "").matchAll(/ (\d+);/g)].reduce((sum, [, n]) => sum + Number(n), 0);
  };

  it("are not used up by one stranger who asks for 70 colleagues from one address (finding 9, T-05): one network takes a third of them", async () => {
    const tenantId = await tenant();
    expect(await answers(tenantId, 0, 8, STRANGER)).to.deep.equal([
      ...Array<string>(5).fill("sent"),
      ...Array<string>(3).fill("limit_network_codes_of_day"),
    ]);
    await ageLimits(host.store.redis, tenantId, 2 * HOUR_MS);
    expect(await answers(tenantId, 8, 9, STRANGER), "later that day").to.deep.equal([
      "limit_network_codes_of_day",
    ]);
    expect(await answers(tenantId, 9, 12)).to.deep.equal(["sent", "sent", "sent"]);
    const lifted = await host.limits.clear(tenantId, await host.limits.engaged(tenantId));
    expect(lifted, "by an administrator").to.equal(1);
    expect(await answers(tenantId, 12, 13, STRANGER)).to.deep.equal(["sent"]);
  });

  it("are not used up from inside the office either, neither for strangers nor for those who have proved who they are (finding 9, T-05): one counter for both, and a half for an own network", async () => {
    const tenantId = await tenant({ ownNetworks: [{ network: "198.51.100.0/24" }] });
    const { key, otp } = await host.ask(tenantId, 39, STRANGER);
    await host.enter(key, otp);
    await isKnown(tenantId, 39);
    expect((await answers(tenantId, 0, 7, STRANGER)).filter((answer) => answer === "sent")).to.have.length(5);
    expect(
      (await answers(tenantId, 7, 17, "198.51.100.9")).filter((answer) => answer === "sent"),
    ).to.have.length(8);
    expect((await host.ask(tenantId, 39)).answer, "a known person elsewhere").to.equal("sent");
    expect((await host.ask(tenantId, 30)).answer, "an unknown person elsewhere").to.equal("sent");
  });

  it("are all there again after a new office has used its codes (finding 9, T-05): a used code gives back exactly what it took, though the office is known by then", async () => {
    const tenantId = await tenant({ perNetwork: { codes: 100 } });
    const asked = [];
    for (let number = 0; number < 5; number++) asked.push(await host.ask(tenantId, number, STRANGER));
    expect(await counted(tenantId, "tenant_codes")).to.equal(5);
    for (const { key, otp } of asked) await host.expectStep(await host.enter(key, otp), "password");

    await waitFor("all to be given back", async () => (await counted(tenantId, "tenant_codes")) === 0);
    expect(await counted(tenantId, "network_codes_of_day:192.0.2.0/24")).to.equal(0);
  });

  it("of those who have proved who they are do not grow by codes that strangers' texts paid for (finding 9, T-05)", async () => {
    const tenantId = await tenant();
    const first = await host.ask(tenantId, 1);
    const later = [await host.ask(tenantId, 1), await host.ask(tenantId, 1)];
    await host.enter(first.key, first.otp);
    await isKnown(tenantId, 1);
    for (const number of [10, 11, 12]) await host.limits.remember(tenantId, userId(number), "x", "proof");
    await answers(tenantId, 10, 13);
    expect(await counted(tenantId, "tenant_codes_of_known")).to.equal(3);

    for (const { key, otp } of later) await host.enter(key, otp);
    await waitFor("all to be given back", async () => (await counted(tenantId, "tenant_codes")) === 0);
    expect(await counted(tenantId, "tenant_codes_of_known")).to.equal(3);
  });
});
