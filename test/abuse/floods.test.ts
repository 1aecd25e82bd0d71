import { expect } from "chai";
import { testUser } from "../support/directory-users.ts";
import { startPortalHost } from "../support/portal-host.ts";
import { rejection } from "../support/rejection.ts";
import { startResetHost } from "../support/reset-host.ts";
import { waitFor } from "../support/wait-for.ts";

describe("floods", () => {
  it("of pages from one network are refused, and another network notices nothing (finding 24, T-29): pages without a session are counted by network", async () => {
    await using host = await startPortalHost();
    const robot = host.visitor({ address: "198.51.100.1" }).visitor;
    const statuses: number[] = [];
    for (let times = 0; times < 601; times++) statuses.push((await robot.send("GET", "/captcha")).status);

    expect(new Set(statuses.slice(0, 600))).to.deep.equal(new Set([200]));
    expect(statuses.at(-1)).to.equal(429);
    expect(await (await host.begun({ address: "203.0.113.1" })).screen()).to.equal("reason");
  });

  it("that fill Redis leave memory for what is under way (finding 13, T-29): nothing new begins above 70 %", async () => {
    const host = await startResetHost();
    const { redis } = host.store;
    try {
      const tenantId = await host.newTenant({}, [testUser(1)]);
      const key = await host.proven(tenantId, "user1", "+32 470 00 00 01");
      const used = Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))?.[1]);
      await redis.config("SET", "maxmemory", String(Math.ceil(used * 1.3)));

      const refusal = await waitFor("a start to be refused", () =>
        host.begin(tenantId, "user1").then(
          () => null,
          (error: unknown) => error,
        ),
      );
      expect(refusal).to.include({ code: "STORE_FULL" });
      expect(await rejection(host.sync(tenantId, [testUser(2)]))).to.include({ code: "STORE_FULL" });
      await host.submit(key);
      await host.expectStep(key, "done");
    } finally {
      await redis.config("SET", "maxmemory", "0");
      await host.close();
    }
  });
});
