import { expect } from "chai";
import { Brakes } from "../../../../agent/writeback/brakes.ts";
import { HOUR_MS, MINUTE_MS } from "../../../../shared/durations.ts";

const limits = { maxPerMinute: 3, maxPerHour: 5, maxPerDay: 8, maxPerUser: 4, maxPerUserDay: 7 };

/** `writtenAt`: how long ago a user each was written, in milliseconds. */
function setUp(writtenAt: readonly number[] = [], engaged: "hour" | "day" | null = null) {
  let now = 1_700_000_000_000;
  let users = 0;
  const brakes = new Brakes({
    limits,
    writes: writtenAt.map((ago, number) => ({
      jobId: `job${number}`,
      userId: `earlier${number}`,
      at: now - ago,
      isRejected: false,
    })),
    engaged,
    now: () => now,
  });
  return {
    brakes,
    pass: (ms: number) => (now += ms),
    /** Writes for another user each time, unless one is given. */
    write: ({ userId = `user${users++}`, isRejected = false } = {}): string => {
      const answer = brakes.reserve(userId);
      if (answer.kind !== "free") return answer.kind;
      const jobId = `${userId}-${now}`;
      brakes.count(jobId, userId);
      if (isRejected) brakes.reject(jobId);
      brakes.settle(userId);
      return answer.kind;
    },
  };
}

describe("brakes", () => {
  it("delays what is above the minute's limit until the minute is over", () => {
    const { brakes, write, pass } = setUp();
    write();
    pass(10_000);
    write();
    write();

    expect(brakes.reserve("another")).to.deep.equal({ kind: "wait", retryAfterMs: 50_000 });
    pass(50_000);
    expect(write()).to.equal("free");
  });

  it("engages at the hour's limit and stays engaged", () => {
    const { brakes, write, pass } = setUp();
    for (let i = 0; i < 5; i++) {
      expect(write()).to.equal("free");
      pass(61_000);
    }

    expect(brakes.reserve("another")).to.deep.equal({ kind: "engaged", limit: "hour" });
    pass(48 * HOUR_MS);
    expect(brakes.reserve("another")).to.deep.equal({ kind: "engaged", limit: "hour" });
  });

  it("engages at the day's limit", () => {
    const { brakes } = setUp([23, 20, 17, 14, 11, 8, 5, 2].map((hours) => hours * HOUR_MS));

    expect(brakes.reserve("another")).to.deep.equal({ kind: "engaged", limit: "day" });
  });

  it("forgets writes older than a day", () => {
    const { write } = setUp([...Array<number>(20).keys()].map((hours) => (25 + hours) * HOUR_MS));

    expect(write()).to.equal("free");
  });

  it("begins engaged when it was engaged before a restart", () => {
    expect(setUp([], "day").brakes.reserve("another")).to.deep.equal({ kind: "engaged", limit: "day" });
  });

  it("starts counting anew when it is released", () => {
    const { brakes, write } = setUp([1, 2, 3, 4, 5].map((minutes) => minutes * MINUTE_MS));
    brakes.reserve("another");

    brakes.release();

    expect(brakes.engaged).to.equal(null);
    expect(write()).to.equal("free");
  });

  it("counts reserved places, so that many at once pass no limit", () => {
    const { brakes } = setUp();

    const answers = Array.from({ length: 6 }, (_, number) => brakes.reserve(`user${number}`).kind);

    expect(answers).to.deep.equal(["free", "free", "free", "wait", "wait", "wait"]);
  });

  it("hold no user of earlier in the day when the day is exactly full, also by reserved places", () => {
    const earlier = [1, 2, 3, 4, 5, 6, 7].map((hours) => (hours + 1) * HOUR_MS);
    const exact = setUp([...earlier, 9 * HOUR_MS]);
    expect(exact.write({ userId: "earlier0" })).to.equal("free");
    expect(exact.brakes.engaged).to.equal(null);

    const { brakes, write } = setUp(earlier);
    expect(brakes.reserve("last").kind).to.equal("free");
    expect(write({ userId: "another" }), "the last place is reserved").to.equal("wait");
    expect(write({ userId: "earlier0" })).to.equal("free");
    expect(brakes.engaged).to.equal(null);
  });

  it("does not count a place that was given back without a write", () => {
    const { brakes } = setUp();
    for (let i = 0; i < 100; i++) {
      expect(brakes.reserve("another").kind).to.equal("free");
      brakes.settle("another");
    }
  });

  it("is not released by setting the clock back", () => {
    const { write, pass } = setUp();
    for (let i = 0; i < 5; i++) {
      write();
      pass(61_000);
    }

    pass(-30 * MINUTE_MS);

    expect(write()).to.equal("engaged");
  });

  it("counts different users, so that one who tries again and again engages nothing", () => {
    const { brakes, write, pass } = setUp();
    const answers: string[] = [];
    for (let i = 0; i < 40; i++) {
      answers.push(write({ userId: "insider" }));
      pass(61_000);
    }

    expect(answers.filter((answer) => answer === "free")).to.have.length(7);
    expect(answers.filter((answer) => answer !== "free")).to.deep.equal(Array(33).fill("user"));
    expect(brakes.engaged).to.equal(null);
    expect(write()).to.equal("free");
  });

  it("counts no rejected password as a write, unless there are ten times as many", () => {
    const { brakes, write, pass } = setUp();
    for (let i = 0; i < 50; i++) {
      expect(write({ isRejected: true })).to.equal("free");
      pass(61_000);
    }
    expect(brakes.writesLastHour()).to.equal(0);

    expect(write()).to.equal("engaged");
  });

  it("gives one user a third of the minute", () => {
    const { write } = setUp();

    expect([write({ userId: "insider" }), write({ userId: "insider" }), write()]).to.deep.equal([
      "free",
      "wait",
      "free",
    ]);
  });
});
