import { expect } from "chai";
import { isNearLockout, TryLimits } from "../../../../agent/account/try-limits.ts";
import { MINUTE_MS } from "../../../../shared/durations.ts";

const JANE = "a".repeat(32);
const JOHN = "b".repeat(32);

function limitsAt(config: Partial<ConstructorParameters<typeof TryLimits>[0]> = {}) {
  let now = 0;
  const limits = new TryLimits({ tries: 2, windowMinutes: 30, maxPerMinute: 300, ...config }, () => now);
  return {
    limits,
    pass: (ms: number): void => {
      now += ms;
    },
    isTried: (userId = JANE): boolean => limits.begin(userId) !== null,
  };
}

describe("the tries of one account", () => {
  it("end with the second wrong password, and begin again after half an hour", () => {
    const { isTried, pass } = limitsAt();

    expect([isTried(), isTried(), isTried()]).to.deep.equal([true, true, false]);
    pass(30 * MINUTE_MS - 1);
    expect(isTried()).to.equal(false);
    pass(1);
    expect(isTried()).to.equal(true);
  });

  it("are each account's own", () => {
    const { isTried } = limitsAt({ tries: 1 });

    expect([isTried(JANE), isTried(JOHN), isTried(JANE)]).to.deep.equal([true, true, false]);
  });

  it("count while they are under way, so that many at once are no more than two", () => {
    const { limits } = limitsAt();
    const begun = Array.from({ length: 10 }, () => limits.begin(JANE));

    expect(begun.filter((each) => each !== null)).to.have.length(2);
  });

  it("are forgotten when a password was right", () => {
    const { limits, isTried } = limitsAt();
    isTried();
    limits.begin(JANE)?.succeeded();

    expect([isTried(), isTried(), isTried()]).to.deep.equal([true, true, false]);
  });

  it("do not count when the directory was not asked", () => {
    const { limits, isTried } = limitsAt();
    for (let count = 0; count < 10; count++) limits.begin(JANE)?.notMade();

    expect([isTried(), isTried(), isTried()]).to.deep.equal([true, true, false]);
  });

  it("are so many a minute, of all accounts together", () => {
    const { isTried, pass } = limitsAt({ maxPerMinute: 3 });
    const four = ["1", "2", "3", "4"].map((digit) => isTried(digit.repeat(32)));

    expect(four).to.deep.equal([true, true, true, false]);
    pass(MINUTE_MS);
    expect(isTried()).to.equal(true);
  });
});

describe("the distance to the directory's own lockout", () => {
  const cases: readonly (readonly [failures: number | null, threshold: number | null, isNear: boolean])[] = [
    [0, 5, false],
    [2, 5, false],
    [3, 5, true],
    [5, 5, true],
    [0, 3, false],
    [1, 3, true],
    [0, 2, false],
    [1, 2, true],
    [0, 1, true],
    [99, 0, false],
    [null, null, false],
    [0, null, false],
    [1, null, true],
  ];
  for (const [failures, threshold, isNear] of cases)
    it(`${isNear ? "forbids" : "allows"} a try after ${failures ?? "unknown"} failures of ${threshold ?? "unknown"}`, () => {
      expect(isNearLockout({ locked: false, failures, threshold })).to.equal(isNear);
    });
});
