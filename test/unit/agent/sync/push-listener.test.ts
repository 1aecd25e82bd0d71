import { expect } from "chai";
import type { ChangeNotice } from "../../../../agent/directory/directory.ts";
import { PushListener } from "../../../../agent/sync/push-listener.ts";
import { AppError, type ErrorCode } from "../../../../shared/errors.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { createManualClock } from "../../../support/manual-clock.ts";

function setUp() {
  const clock = createManualClock();
  const runs: number[] = [];
  let notice: ((notice: ChangeNotice) => void) | undefined;
  let fail: ((error: unknown) => void) | undefined;
  let connections = 0;
  let code: ErrorCode | null = null;
  let runMs = 0;
  const listener = PushListener.start({
    directory: {
      watch: (onNotice, signal) => {
        connections++;
        notice = onNotice;
        return new Promise<never>((_, reject) => {
          fail = reject;
          signal.addEventListener("abort", () => reject(new AppError("DIRECTORY_UNAVAILABLE")));
        });
      },
    },
    async runDelta() {
      runs.push(clock.monotonicMs());
      if (runMs > 0) await clock.sleep(runMs);
      return code;
    },
    clock,
    log: silentLogger,
  });
  return {
    clock,
    listener,
    runs,
    get connections() {
      return connections;
    },
    listening: () => notice?.({ kind: "listening", by: "persistent_search" }),
    change: () => notice?.({ kind: "changed" }),
    drop: (error: AppError = new AppError("DIRECTORY_UNAVAILABLE")) => fail?.(error),
    answer: (next: ErrorCode | null) => (code = next),
    slow: (ms: number) => (runMs = ms),
  };
}

describe("the listener for changes", () => {
  it("makes a run when it begins to listen, and one soon after each change", async () => {
    const { clock, listener, runs, listening, change } = setUp();
    listening();
    await clock.advance(1_000);
    change();
    await clock.advance(1_000);
    change();
    await clock.advance(10_000);

    expect(runs).to.deep.equal([50, 1_050, 2_050]);
    expect(listener.status).to.include({ state: "listening", by: "persistent_search", notifications: 2 });
    await listener.close();
  });

  it("makes no run without a change", async () => {
    const { clock, listener, runs, listening } = setUp();
    listening();
    await clock.advance(3_600_000);

    expect(runs).to.have.length(1);
    await listener.close();
  });

  it("pauses longer and longer while changes keep coming, and is quick again afterwards", async () => {
    const { clock, listener, runs, listening, change } = setUp();
    listening();
    for (let n = 0; n < 600; n++) {
      await clock.advance(100);
      change();
    }
    const ofTheMinute = runs.length;
    await clock.advance(60_000);
    const last = runs.at(-1) ?? 0;
    change();
    await clock.advance(1_000);

    expect(ofTheMinute).to.be.at.most(12);
    expect(last, "the last change is read").to.be.within(60_000, 76_000);
    expect(runs.at(-1)).to.equal(120_050);
    await listener.close();
  });

  it("makes one run at a time, and one more for a change during a run", async () => {
    const { clock, listener, runs, listening, change, slow } = setUp();
    slow(5_000);
    listening();
    await clock.advance(1_000);
    change();
    change();
    await clock.advance(3_000);
    expect(runs).to.deep.equal([50]);
    await clock.advance(30_000);

    expect(runs).to.have.length(2);
    expect(runs[1]).to.equal(50 + 5_000 + 200 + 50);
    await listener.close();
  });

  it("asks again by itself after a run that failed, and not after one that only an administrator can mend", async () => {
    const { clock, listener, runs, listening, answer } = setUp();
    answer("DIRECTORY_UNAVAILABLE");
    listening();
    await clock.advance(2_000);
    const failed = runs.length;
    answer(null);
    await clock.advance(60_000);
    const mended = runs.length;
    expect([failed > 1, mended - failed]).to.deep.equal([true, 1]);

    answer("CONFIG_INVALID");
    listening();
    await clock.advance(60_000);
    expect(runs.length - mended).to.equal(1);
    await listener.close();
  });

  it("asks a minute later while another agent has the lease", async () => {
    const { clock, listener, runs, listening, change, answer } = setUp();
    answer("SYNC_LEASE_LOST");
    listening();
    for (let n = 0; n < 120; n++) {
      await clock.advance(1_000);
      change();
    }

    expect(runs).to.have.length(2);
    await listener.close();
  });

  it("connects again with a back-off that has a lower bound, and then looks for what it missed", async () => {
    const test = setUp();
    test.listening();
    await test.clock.advance(1_000);
    test.drop();
    await test.clock.advance(0);
    expect(test.listener.status).to.include({ state: "waiting", by: null });
    expect(test.listener.status.error).to.include({ code: "DIRECTORY_UNAVAILABLE" });
    expect(test.connections).to.equal(1);
    for (let n = 0; n < 20; n++) {
      await test.clock.advance(5_000);
      test.drop();
    }
    await test.clock.advance(100_000);
    const runsBefore = test.runs.length;

    expect(test.connections).to.be.within(4, 21);
    test.listening();
    await test.clock.advance(1_000);
    expect(test.runs).to.have.length(runsBefore + 1);
    expect(test.listener.status).to.include({ state: "listening", error: null });
    await test.listener.close();
  });

  it("asks a server that cannot notify every quarter of an hour", async () => {
    const { clock, listener, drop, runs } = setUp();
    drop(new AppError("DIRECTORY_UNSUPPORTED", "no way"));
    await clock.advance(14 * 60_000);

    expect(listener.status).to.include({ state: "unsupported" });
    await clock.advance(2 * 60_000);
    expect(listener.status).to.include({ state: "connecting" });
    expect(runs).to.deep.equal([]);
    await listener.close();
  });

  it("closes without waiting for a run in progress, and starts no other", async () => {
    const { clock, listener, runs, listening, change, slow } = setUp();
    slow(60_000);
    listening();
    await clock.advance(1_000);
    change();

    await listener.close();

    await clock.advance(10 * 60_000);
    expect(runs).to.deep.equal([50]);
  });

  it("closes while the directory does not answer", async () => {
    const silent = PushListener.start({
      directory: { watch: () => new Promise<never>(() => undefined) },
      runDelta: () => Promise.resolve(null),
      clock: createManualClock(),
      log: silentLogger,
    });

    await silent.close();
  });
});
