import { expect } from "chai";
import { addressRange } from "../../../../cloud/limits/address-range.ts";

describe("limits: the network of an address", () => {
  for (const [address, range] of [
    ["192.0.2.77", "192.0.2.0/24"],
    ["::ffff:192.0.2.77", "192.0.2.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
    ["2001:0db8:0001::7", "2001:db8:1::/48"],
    ["2001:db8::7", "2001:db8:0::/48"],
    ["::1", "0:0:0::/48"],
    ["fe80::1%eth0", "fe80:0:0::/48"],
    ["", "unknown"],
    ["a host", "unknown"],
  ] as const)
    it(`of ${address || "nothing"} is ${range}`, () => {
      expect(addressRange(address)).to.equal(range);
    });
});
