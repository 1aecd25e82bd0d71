import { expect } from "chai";
import { isEqualInConstantTime } from "../../../shared/constant-time.ts";

describe("comparing in constant time", () => {
  for (const [one, other, equal] of [
    ["", "", true],
    ["abc", "abc", true],
    ["abc", "abd", false],
    ["abc", "abcd", false],
    ["abc", "", false],
    ["é", "é", true],
    [Buffer.from([1, 2]), Buffer.from([1, 2]), true],
    [Buffer.from([1, 2]), Buffer.from([1, 3]), false],
    [Buffer.from([1, 2]), Buffer.from([1]), false],
  ] as const)
    it(`says that ${JSON.stringify(one)} and ${JSON.stringify(other)} are ${equal ? "equal" : "different"}`, () => {
      expect(isEqualInConstantTime(one, other)).to.equal(equal);
    });
});
