import { expect } from "chai";
import { createBackoff } from "../../../shared/backoff.ts";

describe("backoff", () => {
  it("doubles its window up to the largest and falls anywhere in it", () => {
    const draws = [0, 0.5, 1, 1, 1, 1];
    const backoff = createBackoff({ minimumMs: 1000, maximumMs: 8000, random: () => draws.shift() ?? 0 });

    expect(Array.from({ length: 6 }, () => backoff.nextMs())).to.deep.equal([
      0, 1000, 4000, 8000, 8000, 8000,
    ]);
  });

  it("begins again with the smallest window after a reset", () => {
    const backoff = createBackoff({ minimumMs: 1000, maximumMs: 8000, random: () => 1 });
    backoff.nextMs();
    backoff.nextMs();

    backoff.reset();

    expect(backoff.nextMs()).to.equal(1000);
  });
});
