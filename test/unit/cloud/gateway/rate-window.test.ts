import { expect } from "chai";
import { createRateWindow } from "../../../../cloud/gateway/rate-window.ts";

describe("a rate window", () => {
  it("counts each key for itself, and starts again when it ends", () => {
    let now = 0;
    const window = createRateWindow(2, 1000, { monotonicMs: () => now });
    expect(["a", "a", "b", "a"].map((key) => window.allow(key))).to.deep.equal([true, true, true, false]);
    expect([window.isSpent("a"), window.isSpent("b")]).to.deep.equal([true, false]);
    now = 1000;
    expect(window.isSpent("a")).to.equal(false);
    expect(window.allow("a")).to.equal(true);
  });

  it("does not grow with the number of keys", () => {
    const window = createRateWindow(1, 1000, { monotonicMs: () => 0 });
    window.allow("first");
    for (let count = 0; count < 10_000; count++) window.allow(`key-${count}`);
    expect(window.allow("first")).to.equal(true);
  });
});
