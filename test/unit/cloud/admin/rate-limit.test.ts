import { expect } from "chai";
import { RateLimit } from "../../../../cloud/admin/rate-limit.ts";

describe("rate limit", () => {
  it("lets a burst pass, then one more as time goes by", () => {
    let now = 0;
    const limit = new RateLimit(60, { monotonicMs: () => now });

    const burst = Array.from({ length: 61 }, () => limit.take("a"));

    expect(burst.slice(0, 60)).to.deep.equal(Array(60).fill(0));
    expect(burst[60]).to.equal(1);
    now = 1_000;
    expect(limit.take("a")).to.equal(0);
    expect(limit.take("a")).to.be.greaterThan(0);
  });

  it("counts each caller separately", () => {
    const limit = new RateLimit(1, { monotonicMs: () => 0 });
    limit.take("a");

    expect(limit.take("a")).to.equal(60);
    expect(limit.take("b")).to.equal(0);
  });

  it("keeps a bounded number of buckets", () => {
    const limit = new RateLimit(1, { monotonicMs: () => 0 });

    for (let who = 0; who < 20_001; who += 1) limit.take(String(who));

    expect(limit.take("20000")).to.be.greaterThan(0);
    expect(limit.take("0")).to.equal(0);
  });
});
