import type { EventEmitter } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { RedisConnector } from "../../../../cloud/store/redis-connector.ts";

describe("the connections to Redis", () => {
  it("may report a second error after they failed", async () => {
    const connector = new RedisConnector({
      path: join(tmpdir(), "latchkey-no-such-directory", "redis.sock"),
    });
    const stream: EventEmitter = await connector.connect(() => undefined);
    await new Promise((resolve) => stream.once("close", resolve));
    expect(connector.firstError).to.include({ code: "ENOENT" });
    expect(() => stream.emit("error", new Error("alert decode error"))).not.to.throw();
  });
});
