import { expect } from "chai";
import { isAddressRange, isInRanges } from "../../../../shared/ip-address.ts";

describe("address ranges", () => {
  it("are CIDR ranges and single addresses", () => {
    for (const text of ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::1", "0.0.0.0/0"])
      expect(isAddressRange(text), text).to.equal(true);
    for (const text of [
      "",
      "10.0.0.0/33",
      "::/129",
      "10.0.0/8",
      "host",
      "10.0.0.0/8/8",
      "10.0.0.0/",
      "10.0.0.0/-1",
    ])
      expect(isAddressRange(text), text).to.equal(false);
  });

  it("hold the addresses below them, an IPv4 address in its IPv6 form too", () => {
    const ranges = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"];
    for (const address of ["10.255.0.1", "::ffff:10.1.2.3", "2001:db8:1::9", "192.0.2.7"])
      expect(isInRanges(ranges, address), address).to.equal(true);
    for (const address of ["11.0.0.1", "192.0.2.8", "2001:db9::1", "", "unknown"])
      expect(isInRanges(ranges, address), address).to.equal(false);
  });

  it("hold every address when there are none", () => {
    expect(isInRanges([], "203.0.113.9")).to.equal(true);
  });
});
