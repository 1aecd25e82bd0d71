import { expect } from "chai";
import { createLimits } from "../../../../cloud/store/limits.ts";
import { openStore, type Store } from "../../../../cloud/store/store.ts";
import { HOUR_MS } from "../../../../shared/durations.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { testMac } from "../../../support/record-mac.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";

const want = (key: string, limit: number, facts: { windowMs?: number; amount?: number } = {}) => ({
  name: "of_the_test",
  key,
  limit,
  windowMs: HOUR_MS,
  ...facts,
});

describe("store: limits", () => {
  let store: Store;
  before(
    async () => (store = await openStore({ mac: testMac, ...(await sharedRedis()), log: silentLogger })),
  );
  after(() => store.close());

  const setUp = () => {
    const limits = createLimits({ store });
    const tenantId = `t${newId().toLowerCase()}`;
    return {
      limits,
      tenantId,
      take: (...wants: Parameters<typeof limits.take>[1]) => limits.take(tenantId, wants),
    };
  };

  it("allows up to the limit in a window, across concurrent callers", async () => {
    const { take } = setUp();
    const answers = await Promise.all(Array.from({ length: 30 }, () => take(want("person:a:fails", 10))));
    expect(answers.filter((refusal) => refusal === null)).to.have.length(10);
    const refusal = answers.find((answer) => answer !== null);
    expect(refusal?.key).to.equal("person:a:fails");
    expect(refusal?.until).to.be.closeTo(Date.now() + HOUR_MS, 10_000);
  });

  it("starts a new window when the old one ends", async () => {
    const { take } = setUp();
    const short = want("number:x:hour", 1, { windowMs: 50 });
    expect(await take(short)).to.equal(null);
    expect(await take(short)).to.not.equal(null);
    await waitFor("the next window", async () => (await take(short)) === null);
  });

  it("counts on all counters or on none", async () => {
    const { take } = setUp();
    await take(want("number:x:hour", 1));
    const refusal = await take(want("person:a:sends", 1), want("number:x:hour", 1), want("tenant:sends", 1));
    expect(refusal?.key).to.equal("number:x:hour");
    expect(await take(want("person:a:sends", 1), want("tenant:sends", 1))).to.equal(null);
  });

  it("checks without counting, and accepts amounts that are given back", async () => {
    const { take } = setUp();
    const look = want("person:a:fails", 1, { amount: 0 });
    expect(await take(look)).to.equal(null);
    expect(await take(look)).to.equal(null);
    await take(want("person:a:fails", 1));
    expect(await take(look)).to.not.equal(null);
    await take(want("person:a:fails", 1, { amount: -1 }));
    expect(await take(look)).to.equal(null);
    await take(want("person:a:fails", 1, { amount: -5 }));
    await take(want("person:a:fails", 1));
    expect(await take(look)).to.not.equal(null);
  });

  it("clears the counters of one user and no others", async () => {
    const { limits, tenantId, take } = setUp();
    const all = [
      want("person:a:fails", 1),
      want("person:a:sends", 1),
      want("person:b:fails", 1),
      want("tenant:x", 1),
    ];
    await take(...all);
    expect(await limits.clearPerson(tenantId, "a")).to.equal(2);
    expect(await limits.clearPerson(tenantId, "a")).to.equal(0);
    expect(await take(want("person:a:fails", 1), want("person:a:sends", 1))).to.equal(null);
    expect(await take(want("person:b:fails", 1))).to.not.equal(null);
    expect(await take(want("tenant:x", 1))).to.not.equal(null);
  });

  it("keeps a user's longer window when a shorter one begins before or after it", async () => {
    const { take } = setUp();
    const short = want("person:a:sends", 1, { windowMs: 40 });
    const long = want("person:a:fails", 1);
    await take(short);
    await take(long);
    await waitFor("the short one to end", async () => (await take(short)) === null);
    await waitFor("it to end again", async () => (await take(short)) === null);
    expect(await take(long)).to.not.equal(null);
  });

  it("leaves no key behind after all windows have ended", async () => {
    const { tenantId, take } = setUp();
    await take(
      want("person:a:fails", 1, { windowMs: 40 }),
      want("address:192.0.2.0/24:sends", 1, { windowMs: 60 }),
    );
    await waitFor(
      "the counters to expire",
      async () => (await store.redis.keys(`lk:{${tenantId}}:*`)).length === 0,
    );
  });
});
