import { expect } from "chai";
import { addressRange, plainAddress } from "../../../shared/ip-address.ts";

describe("the network of an address", () => {
  for (const [address, range] of [
    ["192.0.2.77", "192.0.2.0/24"],
    ["::ffff:192.0.2.77", "192.0.2.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
    ["2001:0db8:0001::7", "2001:db8:1::/48"],
    ["2001:db8::7", "2001:db8:0::/48"],
    ["::1", "0:0:0::/48"],
    ["fe80::1%eth0", "fe80:0:0::/48"],
    ["192.0.2.77:49152", "192.0.2.0/24"],
    ["[2001:db8:1:2::7]:443", "2001:db8:1::/48"],
    ["[2001:db8:1:2::7]", "2001:db8:1::/48"],
    ["::ffff:c000:24d", "192.0.2.0/24"],
    ["64:ff9b::c000:24d", "192.0.2.0/24"],
    ["0300.0.2.77", "unknown"],
    ["", "unknown"],
    ["a host", "unknown"],
  ] as const)
    it(`of ${address || "nothing"} is ${range}`, () => {
      expect(addressRange(address)).to.equal(range);
    });
});

describe("an address", () => {
  for (const [written, plain] of [
    ["203.0.113.5:49152", "203.0.113.5"],
    ["[2001:DB8::7]:443", "2001:db8::7"],
    [" ::ffff:203.0.113.5", "203.0.113.5"],
    ["64:ff9b::203.0.113.5", "203.0.113.5"],
    ["fe80::1%eth0", "fe80::1"],
    ["_hidden", "_hidden"],
  ] as const)
    it(`that is written ${written} is ${plain}`, () => {
      expect(plainAddress(written)).to.equal(plain);
    });
});
