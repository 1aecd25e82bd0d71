import { expect } from "chai";
import { createRecordRefusals, type RefusedRecord } from "../../../../cloud/store/record-refusals.ts";
import { HOUR_MS } from "../../../../shared/durations.ts";
import { isAppError } from "../../../../shared/errors.ts";
import type { Logger } from "../../../../shared/logger.ts";

describe("the report of a record without a valid authentication code", () => {
  const record = (n: number): RefusedRecord => ({
    kind: "registration",
    tenantId: "t1",
    key: `lk:{t1}:r:${n}`,
  });

  function reporter() {
    let now = 0;
    const events: string[] = [];
    const log = { error: (event: string) => events.push(event) } as unknown as Logger;
    const refusals = createRecordRefusals({ log, clock: { monotonicMs: () => now } });
    const seen: boolean[] = [];
    refusals.onRefusal((_, isReported) => seen.push(isReported));
    return { refusals, seen, events, pass: (ms: number) => (now += ms) };
  }

  it("returns RECORD_FORGED, and logs the same record once an hour while it counts each time", () => {
    const { refusals, seen, events, pass } = reporter();
    expect(isAppError(refusals.refuse(record(1)), "RECORD_FORGED")).to.equal(true);
    refusals.refuse(record(1));
    expect(seen).to.deep.equal([true, false]);
    expect(events).to.deep.equal(["store.record.refused"]);
    pass(HOUR_MS);
    refusals.refuse(record(1));
    expect(seen).to.deep.equal([true, false, true]);
  });

  it("logs a record that is older than this node has seen once an hour, and counts each time, apart from forged ones", () => {
    const { refusals, seen, events, pass } = reporter();
    const older: string[] = [];
    refusals.onOlder(({ key }) => older.push(key));
    refusals.older(record(1), "…");
    refusals.older(record(1), "…");
    refusals.refuse(record(1));
    expect(events).to.deep.equal(["store.record.older", "store.record.refused"]);
    pass(HOUR_MS);
    refusals.older(record(1), "…");
    expect(older).to.have.length(3);
    expect(seen).to.deep.equal([true]);
    expect(events.at(-1)).to.equal("store.record.older");
  });

  it("reports at most twenty records of a kind and tenant an hour", () => {
    const { refusals, seen } = reporter();
    for (let n = 0; n < 100; n += 1) refusals.refuse(record(n));
    expect(seen.filter(Boolean)).to.have.length(20);
    refusals.refuse({ ...record(1), tenantId: "t2", key: "lk:{t2}:r:1" });
    expect(seen.at(-1)).to.equal(true);
  });
});
