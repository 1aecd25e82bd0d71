import { expect } from "chai";
import { newId, ulidSchema } from "../../../shared/ids.ts";

describe("ids", () => {
  // More than one draw of random bytes gives.
  const ids = Array.from({ length: 2_000 }, newId);

  it("are different ULIDs", () => {
    expect(ids.every((id) => ulidSchema.safeParse(id).success)).to.equal(true);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it("are sorted by the time of creation", () => {
    const times = ids.map((id) => id.slice(0, 10));

    expect(times).to.deep.equal([...times].sort());
  });

  it("have every character in every random position", () => {
    for (let place = 10; place < 26; place += 1)
      expect(new Set(ids.map((id) => id[place])).size, `place ${place}`).to.equal(32);
  });
});
