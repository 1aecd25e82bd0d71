import { expect } from "chai";
import { TurnwiseRedis } from "../../../../cloud/store/turnwise-redis.ts";
import { newId } from "../../../../shared/ids.ts";
import { type RedisServer, startRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("store: commands of one turn of the event loop", () => {
  let server: RedisServer;
  let redis: TurnwiseRedis;

  beforeEach(async () => {
    server = await startRedis();
    redis = new TurnwiseRedis({
      ...server.connection,
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
    });
    redis.on("error", () => undefined);
    await redis.connect();
  });
  afterEach(async () => {
    redis.disconnect();
    await server.stop();
  });

  it("are sent together when the turn ends, and are answered in order", async () => {
    const key = newId();
    const before = redis.stream.bytesWritten;

    const added = Promise.all([redis.rpush(key, "a"), redis.rpush(key, "b")]);
    // Microtasks run before the turn of the event loop ends.
    const read = Promise.resolve().then(() => redis.lrange(key, 0, -1));
    await Promise.resolve();

    expect(redis.stream.writableCorked).to.equal(1);
    expect(redis.stream.writableLength).to.equal(redis.stream.bytesWritten - before);
    expect(await added).to.deep.equal([1, 2]);
    expect(await read).to.deep.equal(["a", "b"]);
    expect(redis.stream.writableCorked).to.equal(0);
  });

  it("are sent when the connection closes in the same turn", async () => {
    const key = newId();
    const other = redis.duplicate();
    await other.connect();

    other.set(key, "1").catch(() => undefined); // the test does not wait for its answer
    other.disconnect();

    await waitFor("it to be stored", async () => (await redis.get(key)) === "1");
  });

  it("are refused when the server is gone", async () => {
    await server.kill();
    const outcome = await redis.get("a").then(
      () => "answered",
      () => "refused",
    );
    expect(outcome).to.equal("refused");
  });
});
