import { expect } from "chai";
import { createCachedLookUp, createTtlCache } from "../../../cloud/ttl-cache.ts";
import { AppError } from "../../../shared/errors.ts";
import { createManualClock, type ManualClock } from "../../support/manual-clock.ts";
import { rejection } from "../../support/rejection.ts";

describe("a TTL cache", () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = createManualClock();
  });

  it("forgets an entry when its time is over", async () => {
    const cache = createTtlCache<string, number>({ ttlMs: 1_000, clock, maxEntries: 10 });
    cache.set("a", 1);
    await clock.advance(999);
    const before = cache.get("a");
    await clock.advance(1);

    expect([before, cache.get("a")]).to.deep.equal([1, undefined]);
  });

  it("starts the life of an entry anew when it is set again", async () => {
    const cache = createTtlCache<string, number>({ ttlMs: 1_000, clock, maxEntries: 10 });
    cache.set("a", 1);
    await clock.advance(900);
    cache.set("a", 2);
    await clock.advance(900);

    expect(cache.get("a")).to.equal(2);
  });

  it("drops its oldest entry alone when it is full", () => {
    const cache = createTtlCache<string, number>({ ttlMs: 1_000, clock, maxEntries: 2 });
    cache.set("a", 1);
    cache.set("b", 2);
    cache.set("a", 3); // now "b" is the oldest
    cache.set("c", 4);

    expect(["a", "b", "c"].map((key) => cache.get(key))).to.deep.equal([3, undefined, 4]);
  });

  it("keeps its entries for good when it has no TTL, and forgets those that are deleted", () => {
    const cache = createTtlCache<string, number>({ maxEntries: 2 });
    cache.set("a", 1);
    cache.set("b", 2);
    cache.delete("a");

    expect([cache.get("a"), cache.get("b")]).to.deep.equal([undefined, 2]);
  });
});

describe("a cached look-up", () => {
  let clock: ManualClock;
  let lookUps: string[];
  beforeEach(() => {
    clock = createManualClock();
    lookUps = [];
  });

  it("looks each key up once until its time is over", async () => {
    const cached = createCachedLookUp({ ttlMs: 1_000, clock }, (key, more: string) => {
      lookUps.push(key + more);
      return Promise.resolve(lookUps.length);
    });

    const together = await Promise.all([cached.get("a", "!"), cached.get("a", "!"), cached.get("b", "?")]);
    await clock.advance(999);
    const before = await cached.get("a", "!");
    await clock.advance(1);
    const after = await cached.get("a", "!");

    expect([...together, before, after]).to.deep.equal([1, 1, 2, 1, 3]);
    expect(lookUps).to.deep.equal(["a!", "b?", "a!"]);
  });

  it("looks up again at once after a failure, and when there was nothing", async () => {
    const answers = [() => Promise.reject(new AppError("STORE_UNAVAILABLE")), () => Promise.resolve(null)];
    const cached = createCachedLookUp(
      { ttlMs: 1_000, clock },
      () => answers.shift()?.() ?? Promise.resolve<string | null>("found"),
    );

    const failed = await rejection(cached.get("a"));
    const absent = await cached.get("a");
    const found = await cached.get("a");

    expect(failed.code).to.equal("STORE_UNAVAILABLE");
    expect([absent, found]).to.deep.equal([null, "found"]);
  });

  it("keeps a value that was set while a look-up that fails was under way", async () => {
    let fail: (error: Error) => void = () => undefined;
    const cached = createCachedLookUp(
      { ttlMs: 1_000, clock },
      () => new Promise<string>((_resolve, reject) => (fail = reject)),
    );

    const failing = cached.get("a");
    cached.set("a", "set");
    fail(new AppError("STORE_UNAVAILABLE"));
    await rejection(failing);

    expect(await cached.get("a")).to.equal("set");
  });
});
