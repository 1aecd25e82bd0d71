import { expect } from "chai";
import type { SyncOrder, SyncProgress, SyncResult } from "../../../../agent/sync/sync-result.ts";
import { SyncRunner } from "../../../../agent/sync/sync-runner.ts";
import { AppError, type ErrorCode } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { NO_COUNTS } from "../../../../shared/protocol/frames.ts";
import { RUN_COVERAGE } from "../../../../shared/protocol/run-coverage.ts";
import { scopeOf } from "../../../support/run-scope.ts";

const ALL = { policy: "delta", user: null, dryRun: false } as const;

function resultOf(order: SyncOrder, code?: ErrorCode): SyncResult {
  return {
    ...order,
    state: code === undefined ? "done" : "failed",
    feed: null,
    full: null,
    reason: null,
    counts: NO_COUNTS,
    problems: { total: 0, items: [] },
    held: 0,
    startedAt: 1_000,
    durationMs: 5,
    error: code === undefined ? null : { code, message: code },
  };
}

/** A runner whose runs end when the test says so. */
function setUp({ startsByItself = true, isReady = true } = {}) {
  const runs: {
    readonly order: SyncOrder;
    readonly progress: (progress: SyncProgress) => void;
    end(code?: ErrorCode): Promise<void>;
  }[] = [];
  const results: SyncResult[] = [];
  const link = { isReady };
  const runner = new SyncRunner({
    run: (order, progress, signal) =>
      new Promise((resolve) => {
        const finish = (code?: ErrorCode): void => resolve(resultOf(order, code));
        signal.addEventListener("abort", () => finish("SYNC_FAILED"), { once: true });
        runs.push({
          order,
          progress,
          async end(code) {
            finish(code);
            await new Promise(setImmediate);
          },
        });
      }),
    isLinkReady: () => link.isReady,
    startsByItself,
    log: silentLogger,
    onResult: (result) => results.push(result),
  });
  const last = () => {
    const run = runs.at(-1);
    if (run === undefined) throw new Error("nothing was run");
    return run;
  };
  return { runner, runs, results, link, last };
}

const codeOf = (act: () => unknown): string | null => {
  try {
    act();
    return null;
  } catch (error) {
    return error instanceof AppError ? error.code : "other";
  }
};

describe("sync runner", () => {
  it("starts one run for many ticks", async () => {
    const { runner, runs, last } = setUp();

    runner.tick();
    runner.tick();
    runner.tick();
    await last().end();

    expect(runs.map(({ order }) => order.trigger)).to.deep.equal(["schedule"]);
    runner.tick();
    expect(runs).to.have.length(2);
  });

  it("does not tick while the link is down", () => {
    const { runner, runs } = setUp({ isReady: false });

    runner.tick();

    expect(runs).to.deep.equal([]);
  });

  it("joins a second initial run to the running one", async () => {
    const { runner, runs, last } = setUp();
    const first = runner.force({ ...ALL, policy: "initial" });

    const second = runner.force({ ...ALL, policy: "initial" });
    await last().end();

    expect([first.joined, second.joined]).to.deep.equal([false, true]);
    expect(second.runId).to.equal(runs[0]?.order.runId);
    expect((await second.result).state).to.equal("done");
    expect(runs).to.have.length(1);
  });

  it("does not join a delta that runs, because it may have read its groups and its position already", async () => {
    const { runner, runs, last } = setUp();
    runner.tick();

    const forced = runner.force(ALL);
    const again = runner.force(ALL);
    await last().end();
    await last().end();

    expect([forced.joined, again.joined]).to.deep.equal([false, true]);
    expect(runs.map(({ order }) => order.trigger)).to.deep.equal(["schedule", "agent"]);
    expect((await forced.result).state).to.equal("done");
  });

  it("makes a run for a notification, or joins one that waits, but never one that may have asked the directory already", async () => {
    const { runner, runs, last } = setUp();
    const first = runner.notified();
    const second = runner.notified();
    const joined = runner.notified();
    await last().end();
    expect(await first).to.equal(null);
    await last().end("SYNC_LEASE_LOST");

    expect([await second, await joined]).to.deep.equal(["SYNC_LEASE_LOST", "SYNC_LEASE_LOST"]);
    expect(runs.map(({ order }) => order.trigger)).to.deep.equal(["push", "push"]);
    expect(runner.status.last?.error, "another agent syncs, as it should be").to.equal(null);
  });

  it("owes the run of a notification that comes without a link", async () => {
    const { runner, runs, link, last } = setUp({ isReady: false });
    runner.linkReady();
    await last().end();
    expect(await runner.notified()).to.equal("LINK_CLOSED");
    link.isReady = true;
    runner.linkReady();

    expect(runs.map(({ order }) => order.trigger)).to.deep.equal(["schedule", "recovery"]);
  });

  it("queues a forced run behind one that does not cover it", async () => {
    const { runner, runs, last } = setUp();
    runner.tick();

    const forced = runner.force({ ...ALL, policy: "initial" });
    const again = runner.force({ ...ALL, policy: "initial" });
    expect(runs).to.have.length(1);
    await last().end();
    await last().end();

    expect([forced.joined, again.joined]).to.deep.equal([false, true]);
    expect(runs.map(({ order }) => [order.policy, order.trigger])).to.deep.equal([
      ["delta", "schedule"],
      ["initial", "agent"],
    ]);
    expect((await forced.result).runId).to.equal(forced.runId);
  });

  it("runs what the cloud asks for under the cloud's id, once", async () => {
    const { runner, runs, last } = setUp();
    const runId = newId();
    runner.tick();

    runner.requested({ ...ALL, runId });
    runner.requested({ ...ALL, runId });
    await last().end();

    expect(runs.map(({ order }) => order.trigger)).to.deep.equal(["schedule", "cloud"]);
    expect(last().order.runId).to.equal(runId);
    runner.requested({ ...ALL, runId });
    await last().end();
    expect(runs).to.have.length(2);
  });

  it("passes progress on, to late listeners too, until they stop listening", () => {
    const { runner, last } = setUp();
    const seen: number[] = [];
    const forced = runner.force(ALL);
    last().progress({ runId: forced.runId, read: 1, counts: NO_COUNTS });

    const stop = forced.onProgress(({ read }) => seen.push(read));
    last().progress({ runId: forced.runId, read: 2, counts: NO_COUNTS });
    stop();
    last().progress({ runId: forced.runId, read: 3, counts: NO_COUNTS });

    expect(seen).to.deep.equal([1, 2]);
    expect(runner.status.running).to.deep.include({ runId: forced.runId });
  });

  it("refuses a forced run without a link, and a queue that grows too long", () => {
    const { runner, link } = setUp({ isReady: false });
    expect(codeOf(() => runner.force(ALL))).to.equal("LINK_CLOSED");

    link.isReady = true;
    const users = Array.from({ length: 18 }, (_, n) => `user${n}`);
    const codes = users.map((user) => codeOf(() => runner.force({ ...ALL, user })));

    expect(codes.slice(0, 17)).to.deep.equal(Array(17).fill(null));
    expect(codes[17]).to.equal("RATE_LIMITED");
  });

  it("starts by itself at the first connection, and after a run the link cut short", async () => {
    const { runner, runs, last } = setUp();

    runner.linkReady();
    await last().end();
    runner.linkReady();
    expect(runs).to.have.length(1);

    runner.tick();
    await last().end("LINK_CLOSED");
    runner.linkReady();
    expect(runs.map(({ order }) => order.trigger)).to.deep.equal(["schedule", "schedule", "recovery"]);
  });

  it("starts nothing by itself when the schedule is off", () => {
    const { runner, runs } = setUp({ startsByItself: false });

    runner.linkReady();

    expect(runs).to.deep.equal([]);
  });

  it("is quiet when the schedule finds another agent at work, and not when a person asked", async () => {
    const { runner, results, last } = setUp();

    runner.tick();
    await last().end("SYNC_LEASE_LOST");
    expect(runner.status.last).to.equal(null);
    runner.force(ALL);
    await last().end("SYNC_LEASE_LOST");

    expect(results.map(({ trigger }) => trigger)).to.deep.equal(["agent"]);
  });

  it("counts as success only what was done for everybody", async () => {
    const { runner, last } = setUp();

    runner.force({ ...ALL, dryRun: true });
    await last().end();
    runner.force({ ...ALL, user: "jane" });
    await last().end();
    expect(runner.status.lastSuccessAt).to.equal(null);
    runner.force(ALL);
    await last().end();

    expect(runner.status.lastSuccessAt).to.equal(1_005);
  });

  it("stops the running sync and rejects the waiting ones", async () => {
    const { runner } = setUp();
    const first = runner.force(ALL);
    const second = runner.force({ ...ALL, policy: "initial" });

    await runner.close();

    expect((await first.result).error?.code).to.equal("SYNC_FAILED");
    expect(await second.result.catch((error: unknown) => (error as AppError).code)).to.equal("SYNC_FAILED");
    expect(codeOf(() => runner.requested({ ...ALL, runId: newId() }))).to.equal("SYNC_FAILED");
  });

  describe("joins a forced run to an open one by the table of coverage:", () => {
    for (const { open, request, joins } of RUN_COVERAGE)
      it(`${open.join(" of ")} open, ${request.join(" of ")} asked for: ${joins}`, () => {
        for (const isRunning of [false, true]) {
          const { runner } = setUp();
          // A dry run covers no other run: behind it the open run waits.
          if (!isRunning) runner.requested({ ...ALL, dryRun: true, runId: newId() });
          const runId = newId();
          runner.requested({ ...scopeOf(open), runId });

          const forced = runner.force(scopeOf(request));

          const isExpected = joins === "always" || (joins !== "never" && !isRunning);
          expect(forced.joined, isRunning ? "running" : "waiting").to.equal(isExpected);
          expect(forced.runId === runId).to.equal(isExpected);
        }
      });
  });
});
