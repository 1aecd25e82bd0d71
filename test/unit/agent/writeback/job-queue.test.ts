import { expect } from "chai";
import { JobQueue } from "../../../../agent/writeback/job-queue.ts";

/** Work that ends when the test says so. */
function controlled() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    started,
    work: (name: string) => () => {
      started.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    },
    end: async (name: string): Promise<void> => {
      ends.get(name)?.();
      await new Promise(setImmediate);
    },
  };
}

describe("job queue", () => {
  it("runs so many at once and starts the next when one ends", async () => {
    const { started, work, end } = controlled();
    const queue = new JobQueue({ concurrency: 2 });
    for (const user of ["a", "b", "c"]) queue.add(user, work(user));

    expect(started).to.deep.equal(["a", "b"]);
    await end("a");
    expect(started).to.deep.equal(["a", "b", "c"]);
    expect(queue.size).to.equal(2);
  });

  it("keeps the jobs of one user in order while others pass", async () => {
    const { started, work, end } = controlled();
    const queue = new JobQueue({ concurrency: 4 });
    queue.add("jane", work("jane 1"));
    queue.add("jane", work("jane 2"));
    queue.add("joe", work("joe 1"));

    expect(started).to.deep.equal(["jane 1", "joe 1"]);
    await end("jane 1");
    expect(started).to.deep.equal(["jane 1", "joe 1", "jane 2"]);
  });

  it("is idle when everything has ended, at once when nothing was there", async () => {
    const { work, end } = controlled();
    const queue = new JobQueue({ concurrency: 1 });
    await queue.idle();
    queue.add("a", work("1"));
    queue.add("a", work("2"));
    let isIdle = false;
    const idle = queue.idle().then(() => (isIdle = true));

    await end("1");
    expect(isIdle).to.equal(false);
    await end("2");
    await idle;
    expect(queue.size).to.equal(0);
  });
});
