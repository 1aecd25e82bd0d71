import { expect } from "chai";
import { Redis } from "ioredis";
import { createMemoryRoom } from "../../../../cloud/store/memory-room.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { startRedis } from "../../../support/redis.ts";

describe("the room in Redis' memory", () => {
  it("is said to be unknown, once, where Redis does not show its memory", async () => {
    const server = await startRedis();
    const redis = new Redis(server.connection);
    try {
      await redis.acl("SETUSER", "default", "-info");
      const warnings: string[] = [];
      const log = { ...silentLogger, warn: (event: string) => void warnings.push(event) };
      let monotonicMs = 0;
      const clock = { ...systemClock, monotonicMs: () => (monotonicMs += 10_000) };
      const assertRoom = createMemoryRoom({ redis, clock, log });

      await assertRoom();
      await assertRoom();

      expect(warnings).to.deep.equal(["store.memory.unreadable"]);
    } finally {
      redis.disconnect();
      await server.stop();
    }
  });
});
