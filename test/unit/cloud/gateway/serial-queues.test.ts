import { expect } from "chai";
import { createLanes } from "../../../../cloud/gateway/serial-queues.ts";

describe("lanes", () => {
  /** Work that ends when it is told to. */
  const gate = () => {
    let open = (): void => undefined;
    const passed = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { open: () => open(), passed };
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it("keep the order within one, and do not wait for each other", async () => {
    const lanes = createLanes(10);
    const slow = gate();
    const done: string[] = [];
    lanes.run("a", async () => {
      await slow.passed;
      done.push("a1");
    });
    lanes.run("a", () => {
      done.push("a2");
      return Promise.resolve();
    });
    lanes.run("b", () => {
      done.push("b1");
      return Promise.resolve();
    });
    await turn();
    expect(done).to.deep.equal(["b1"]);
    slow.open();
    await turn();
    expect(done).to.deep.equal(["b1", "a1", "a2"]);
  });

  it("take no more than their bound, and again when some is done", async () => {
    const lanes = createLanes(2);
    const slow = gate();
    expect(lanes.run("a", () => slow.passed)).to.equal(true);
    expect(lanes.run("b", () => slow.passed)).to.equal(true);
    expect(lanes.run("c", () => slow.passed)).to.equal(false);
    slow.open();
    await turn();
    expect(lanes.run("c", () => slow.passed)).to.equal(true);
  });

  it("drop what has not begun when they are cleared", async () => {
    const lanes = createLanes(10);
    const slow = gate();
    let ran = false;
    lanes.run("a", () => slow.passed);
    await turn();
    lanes.run("a", () => {
      ran = true;
      return Promise.resolve();
    });
    lanes.clear();
    slow.open();
    await turn();
    expect(ran).to.equal(false);
  });
});
