import { expect } from "chai";
import { coversScope } from "../../../../shared/api/scopes.ts";

describe("scopes", () => {
  it("let the owner do everything", () => {
    expect(coversScope(["owner"], "keys:write")).to.equal(true);
  });

  it("let a key that may write also read, and not the other way round", () => {
    expect(coversScope(["sync:write"], "sync:read")).to.equal(true);
    expect(coversScope(["sync:read"], "sync:write")).to.equal(false);
  });

  it("give no right to other resources", () => {
    expect(coversScope(["sync:write", "users:read"], "writeback:read")).to.equal(false);
    expect(coversScope(["keys:write"], "owner")).to.equal(false);
  });
});
