import { expect } from "chai";
import { CloseStack } from "../../../shared/shutdown.ts";

describe("close stack", () => {
  it("closes in reverse order, once, and everything even when one part fails", async () => {
    const stack = new CloseStack();
    const closed: string[] = [];
    for (const name of ["first", "second", "third"])
      stack.defer(() => {
        closed.push(name);
        if (name === "second") throw new Error("stuck");
      });

    const outcomes = await Promise.allSettled([stack.close(), stack.close()]);

    expect(closed).to.deep.equal(["third", "second", "first"]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(["rejected", "rejected"]);
  });
});
