import { expect } from "chai";
import { ERRORS } from "../../../shared/errors.ts";

describe("the error table", () => {
  it("says what failed and what to do in whole sentences", () => {
    for (const [code, { meaning, fix }] of Object.entries(ERRORS)) {
      expect(meaning, code).to.match(/^[A-Z].*\.$/);
      expect(fix, code).to.match(/^[A-Z]/);
    }
  });
});
