import { expect } from "chai";
import type { JobRecord } from "../../../../cloud/store/job-record.ts";
import { createJobSignals } from "../../../../cloud/writeback/job-signals.ts";
import { createRefusals } from "../../../../cloud/writeback/refusals.ts";
import { type Clock, systemClock } from "../../../../shared/clock.ts";
import { HOUR_MS } from "../../../../shared/durations.ts";

describe("job signals", () => {
  it("wake the watchers of the job and no others", async () => {
    const signals = createJobSignals();
    const [mine, other] = [signals.watch("a", "b"), signals.watch("c")];
    const waiting = mine.next(HOUR_MS);

    signals.notify("b");

    await waiting;
    await other.next(0);
  });

  it("keep a signal that comes between looking and waiting", async () => {
    const signals = createJobSignals();
    const watch = signals.watch("a");

    signals.notify("a");

    await watch.next(HOUR_MS);
  });

  it("pass on the record of the decided job, once", async () => {
    const signals = createJobSignals();
    const watch = signals.watch("a");
    const decided = { id: "a" } as JobRecord;

    signals.notify("a", decided);
    signals.notify("a");

    expect(await watch.next(HOUR_MS)).to.equal(decided);
    expect(await watch.next(0)).to.equal(null);
  });

  it("end with the caller's own signal", async () => {
    const watch = createJobSignals().watch("a");
    await watch.next(HOUR_MS, AbortSignal.abort());
  });

  it("reach no watcher after the watch is closed", async () => {
    const signals = createJobSignals();
    const watch = signals.watch("a");
    watch.close();
    const stop = new AbortController();
    let woken = false;
    const waiting = watch.next(HOUR_MS, stop.signal).then(() => (woken = true));

    signals.notify("a");
    await Promise.resolve();

    expect(woken).to.equal(false);
    stop.abort();
    await waiting;
  });
});

describe("refusals", () => {
  it("last as long as the agent asked for, for this job and agent", () => {
    let now = 0;
    const clock: Clock = { ...systemClock, monotonicMs: () => now };
    const refusals = createRefusals(clock);

    refusals.add("job", "a", 500);
    now = 200;

    expect(refusals.remainingMs("job", "a")).to.equal(300);
    expect(refusals.remainingMs("job", "b")).to.equal(0);
    expect(refusals.remainingMs("other", "a")).to.equal(0);
    now = 600;
    expect(refusals.remainingMs("job", "a")).to.equal(0);
  });

  it("are forgotten with the job", () => {
    const refusals = createRefusals(systemClock);
    refusals.add("job", "a", Infinity);

    refusals.forget("job");

    expect(refusals.remainingMs("job", "a")).to.equal(0);
  });
});
