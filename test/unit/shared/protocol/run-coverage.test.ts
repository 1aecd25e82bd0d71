import { expect } from "chai";
import { coveringRuns, covers, RUN_COVERAGE } from "../../../../shared/protocol/run-coverage.ts";
import { scopeOf } from "../../../support/run-scope.ts";

describe("coverage of a sync request by an open run", () => {
  it("has one row for every open run and every request", () => {
    const pairs = RUN_COVERAGE.map(({ open, request }) => [...open, ...request].join(" "));

    expect(new Set(pairs)).to.have.property("size", 16);
    expect(RUN_COVERAGE).to.have.length(16);
  });

  for (const { open, request, joins } of RUN_COVERAGE)
    it(`${open.join(" of ")} open, ${request.join(" of ")} asked for: ${joins}`, () => {
      const joinsAt = (isRunning: boolean): boolean =>
        covers({ ...scopeOf(open), isRunning }, scopeOf(request));

      expect([joinsAt(false), joinsAt(true)]).to.deep.equal([joins !== "never", joins === "always"]);
    });

  it("never joins what could miss the request, but an initial run asked for twice", () => {
    const late = RUN_COVERAGE.filter(({ joins }) => joins === "always");
    const narrow = RUN_COVERAGE.filter(
      ({ open, request, joins }) => joins !== "never" && open[1] === "one user" && request[1] === "everybody",
    );
    const weak = RUN_COVERAGE.filter(
      ({ open, request, joins }) => joins !== "never" && open[0] === "delta" && request[0] === "initial",
    );

    expect(late.map(({ open, request }) => [open, request])).to.deep.equal([
      [
        ["initial", "everybody"],
        ["initial", "everybody"],
      ],
    ]);
    expect([...narrow, ...weak]).to.deep.equal([]);
  });

  it("joins every request to a run that waits and reads at least as much", () => {
    const joined = RUN_COVERAGE.filter(({ joins }) => joins !== "never").map(({ open, request }) =>
      [...open, ...request].join(" "),
    );

    expect(joined).to.deep.equal([
      "delta everybody delta everybody",
      "initial everybody delta everybody",
      "initial everybody initial everybody",
      "initial everybody delta one user",
      "initial everybody initial one user",
      "delta one user delta one user",
      "initial one user delta one user",
      "initial one user initial one user",
    ]);
  });

  it("compares users and dry run", () => {
    const jane = { policy: "initial", user: "jane", dryRun: false, isRunning: false } as const;
    const everybody = { ...jane, user: null };

    expect(covers(jane, { ...jane, user: "joe" })).to.equal(false);
    expect(covers(jane, { ...jane, dryRun: true })).to.equal(false);
    expect(covers({ ...jane, dryRun: true }, { ...jane, dryRun: true })).to.equal(true);
    expect(covers(everybody, { ...jane, dryRun: true })).to.equal(false);
  });

  it("names the kinds of covering runs for Redis", () => {
    expect(coveringRuns({ policy: "initial", user: null })).to.deep.equal([
      "initial:everybody:waiting",
      "initial:everybody:running",
    ]);
    expect(coveringRuns({ policy: "delta", user: "jane" })).to.deep.equal([
      "initial:everybody:waiting",
      "delta:one user:waiting",
      "initial:one user:waiting",
    ]);
  });
});
