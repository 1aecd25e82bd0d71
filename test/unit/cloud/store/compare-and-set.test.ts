import { expect } from "chai";
import { compareAndSet } from "../../../../cloud/store/compare-and-set.ts";
import { rejection } from "../../../support/rejection.ts";

interface Counter {
  readonly revision: number;
  readonly count: number;
}

/** Creates a record in memory that another writer changes before each of the first `collisions` writes. */
function openRecord(present: Counter | null, collisions = 0) {
  const record = { present, reads: 0, writes: 0 };
  return {
    record,
    read: (): Promise<Counter | null> => {
      record.reads += 1;
      return Promise.resolve(record.present);
    },
    write: (changed: Counter): Promise<Counter | null> => {
      record.writes += 1;
      if (record.writes <= collisions)
        record.present = { count: 100, revision: (record.present?.revision ?? 0) + 1 };
      if (record.present?.revision !== changed.revision) return Promise.resolve(null);
      record.present = { ...changed, revision: changed.revision + 1 };
      return Promise.resolve(record.present);
    },
  };
}
const addOne = (counter: Counter): Counter => ({ ...counter, count: counter.count + 1 });

describe("compareAndSet", () => {
  it("reads, changes and writes once without other writers", async () => {
    const { record, read, write } = openRecord({ revision: 1, count: 1 });
    const result = await compareAndSet({ record: "counter", read, change: addOne, write });
    expect(result?.stored).to.deep.equal({ revision: 2, count: 2 });
    expect(record).to.include({ reads: 1, writes: 1 });
  });

  it("starts over with the record another writer stored", async () => {
    const { read, write } = openRecord({ revision: 1, count: 1 }, 2);
    const result = await compareAndSet({ record: "counter", read, change: addOne, write });
    expect(result?.stored?.count).to.equal(101);
  });

  it("skips the read while the remembered record is up to date", async () => {
    const { record, read, write } = openRecord({ revision: 1, count: 1 });
    const remembered = { revision: 1, count: 1 };
    await compareAndSet({ record: "counter", remembered, read, change: addOne, write });
    expect(record).to.include({ reads: 0, writes: 1 });
  });

  it("reads the record when the remembered one needs no change", async () => {
    const { record, read, write } = openRecord({ revision: 2, count: 2 });
    const remembered = { revision: 1, count: 1 };
    const change = (counter: Counter) => (counter.count === 2 ? addOne(counter) : null);
    const result = await compareAndSet({ record: "counter", remembered, read, change, write });
    expect(result?.stored?.count).to.equal(3);
    expect(record).to.include({ reads: 1, writes: 1 });
  });

  it("writes nothing when nothing changes or there is no record", async () => {
    const some = openRecord({ revision: 1, count: 1 });
    const unchanged = await compareAndSet({ ...some, record: "counter", change: () => null });
    expect(unchanged).to.deep.equal({ present: { revision: 1, count: 1 }, stored: null });
    const none = openRecord(null);
    expect(await compareAndSet({ ...none, record: "counter", change: addOne })).to.equal(null);
    expect(some.record.writes + none.record.writes).to.equal(0);
  });

  it("gives up after a limited number of collisions and names the record", async () => {
    const { record, read, write } = openRecord({ revision: 1, count: 1 }, Infinity);
    const error = await rejection(compareAndSet({ record: "counter", read, change: addOne, write }));
    expect(error).to.include({ code: "STORE_UNAVAILABLE" });
    expect(String(error)).to.include("counter");
    expect(record.writes).to.equal(20);
  });
});
