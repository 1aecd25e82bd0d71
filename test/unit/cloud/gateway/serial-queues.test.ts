import { expect } from "chai";
import { createSerialQueues } from "../../../../cloud/gateway/serial-queues.ts";

describe("serial queues", () => {
  /** Work that ends when it is told to. */
  const gate = () => {
    let open = (): void => undefined;
    const passed = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { open: () => open(), passed };
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it("keep the order within one queue and do not wait for each other", async () => {
    const queues = createSerialQueues(10);
    const slow = gate();
    const done: string[] = [];
    queues.run("a", async () => {
      await slow.passed;
      done.push("a1");
    });
    queues.run("a", () => {
      done.push("a2");
      return Promise.resolve();
    });
    queues.run("b", () => {
      done.push("b1");
      return Promise.resolve();
    });
    await turn();
    expect(done).to.deep.equal(["b1"]);
    slow.open();
    await turn();
    expect(done).to.deep.equal(["b1", "a1", "a2"]);
  });

  it("take no more work than their bound, and more when some is done", async () => {
    const queues = createSerialQueues(2);
    const slow = gate();
    expect(queues.run("a", () => slow.passed)).to.equal(true);
    expect(queues.run("b", () => slow.passed)).to.equal(true);
    expect(queues.run("c", () => slow.passed)).to.equal(false);
    slow.open();
    await turn();
    expect(queues.run("c", () => slow.passed)).to.equal(true);
  });

  it("drop the work that has not begun when they are cleared", async () => {
    const queues = createSerialQueues(10);
    const slow = gate();
    let ran = false;
    queues.run("a", () => slow.passed);
    await turn();
    queues.run("a", () => {
      ran = true;
      return Promise.resolve();
    });
    queues.clear();
    slow.open();
    await turn();
    expect(ran).to.equal(false);
  });
});
