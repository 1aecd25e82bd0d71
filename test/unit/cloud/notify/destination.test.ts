import { expect } from "chai";
import { isMailAddress, maskAddress, whyNotAllowed } from "../../../../cloud/notify/destination.ts";

describe("destinations of messages", () => {
  for (const address of ["j.doe+x@contoso.example", "zoë@contoso.example", "o'neil@contoso.example", "a@b"])
    it(`${address} is an address`, () => {
      expect(isMailAddress(address)).to.equal(true);
    });

  for (const address of [
    "",
    "@",
    "a@",
    "a b@c",
    "a@b@c",
    '"a"@b',
    "a@b>",
    "a\u0000@b",
    `${"a".repeat(65)}@b`,
    `a@${"b".repeat(260)}`,
  ])
    it(`${JSON.stringify(address.slice(0, 20))} is none`, () => {
      expect(isMailAddress(address)).to.equal(false);
    });

  it("allows numbers of the listed countries, or of all countries without a list (T-05)", () => {
    expect(whyNotAllowed("text", "+32470123456", ["BE"])).to.equal(null);
    expect(whyNotAllowed("call", "+33612345678", [])).to.equal(null);
    expect(whyNotAllowed("call", "+33612345678", ["BE"])).to.contain("FR");
  });

  it("allows no premium-rate or toll-free numbers and none without a country (T-05)", () => {
    expect(whyNotAllowed("text", "+3290012345", [])).to.contain("premium");
    expect(whyNotAllowed("text", "+870773111632", [])).to.contain("no country");
    expect(whyNotAllowed("text", "+80012345678", [])).to.contain("toll-free");
  });

  it("shows addresses by their first letter", () => {
    expect(maskAddress("j.doe@contoso.example")).to.equal("j***@contoso.example");
    expect(maskAddress("nonsense")).to.equal("***");
  });
});
