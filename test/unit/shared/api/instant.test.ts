import { expect } from "chai";
import { instant } from "../../../../shared/api/instant.ts";

describe("an instant", () => {
  it("is text on the wire and milliseconds inside", () => {
    expect(instant.encode(1_000)).to.equal("1970-01-01T00:00:01.000Z");
    expect(instant.decode("1970-01-01T00:00:01.000Z")).to.equal(1_000);
  });

  it("refuses other text", () => {
    expect(instant.safeParse("yesterday").success).to.equal(false);
    expect(instant.safeParse("1970-01-01T00:00:01+02:00").success).to.equal(false);
  });
});
