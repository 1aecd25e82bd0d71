import { expect } from "chai";
import { compareSamples } from "../../../bench/mann-whitney.ts";

const numbers = (count: number, of: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, index) => of(index));

describe("comparing two samples", () => {
  it("finds nothing where nothing is, ties or not", () => {
    const same = numbers(400, (index) => index % 7);

    expect(compareSamples(same, same)).to.deep.equal({ auc: 0.5, z: 0 });
    expect(compareSamples([1, 1, 1], [1, 1])).to.deep.equal({ auc: 0.5, z: 0 });
  });

  it("gives the chance that one of the first is larger", () => {
    expect(compareSamples([4, 5, 6], [1, 2, 3]).auc).to.equal(1);
    expect(compareSamples([1, 2, 3], [4, 5, 6]).auc).to.equal(0);
    expect(compareSamples([1, 3], [2, 2]).auc).to.equal(0.5);
    expect(compareSamples([1, 2, 3, 4], [2, 3]).auc).to.equal(0.5);
    expect(compareSamples([2, 3, 4], [1, 2]).auc).to.be.closeTo(5.5 / 6, 1e-12);
  });

  it("agrees with a published example", () => {
    // Mann and Whitney's own statistic for the tortoise and the hares: U = 25 of 36, no ties.
    const { auc, z } = compareSamples([1, 7, 8, 9, 10, 11], [2, 3, 4, 5, 6, 12]);
    expect(auc * 36).to.be.closeTo(25, 1e-9);
    expect(z).to.be.closeTo((25 - 18) / Math.sqrt((36 * 13) / 12), 1e-9);
  });

  it("sees a small shift in four hundred", () => {
    let state = 1;
    const noise = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const slow = numbers(400, () => noise() + 0.15);
    const fast = numbers(400, noise);

    expect(compareSamples(slow, fast).z).to.be.above(3.3);
    expect(Math.abs(compareSamples(numbers(400, noise), fast).z)).to.be.below(3.3);
  });
});
