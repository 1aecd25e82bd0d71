import { expect } from "chai";
import type { DirectoryEntryRaw } from "../../../../../agent/directory/ldap/ldap-entry.ts";
import {
  fileTimeOf,
  readAccountTimes,
  shadowExpiryOf,
  timeOf,
} from "../../../../../agent/directory/passwords/account-times.ts";

const NOW = Date.UTC(2026, 0, 1);
const user = (attribute: string, value: string): DirectoryEntryRaw => ({
  dn: "uid=p,dc=lab",
  controls: new Map(),
  attributes: new Map([[attribute.toLowerCase(), [Buffer.from(value)]]]),
});

describe("the times that close an account", () => {
  it("closes from an end on, and before a start", () => {
    expect(readAccountTimes({ end: NOW }, {}, NOW).expired).to.equal(true);
    expect(readAccountTimes({ end: NOW + 1 }, {}, NOW).expired).to.equal(false);
    expect(readAccountTimes({ end: null }, { start: NOW + 1 }, NOW).expired).to.equal(true);
    expect(readAccountTimes({}, { start: NOW }, NOW).expired).to.equal(false);
  });

  it("names the attributes that cannot be read", () => {
    const times = { pwdEndTime: timeOf(user("pwdEndTime", "never"), "pwdEndTime"), shadowExpire: null };
    expect(readAccountTimes(times, {}, NOW)).to.deep.equal({ expired: false, unreadable: ["pwdEndTime"] });
  });

  it("reads shadowExpire in days; -1 is never, 0 is closed, anything else unreadable", () => {
    const read = (value: string) => shadowExpiryOf(user("shadowExpire", value));
    expect(read("20454")).to.equal(NOW);
    expect(read("-1")).to.equal(null);
    expect(read("0")).to.equal(0);
    expect(read("-2")).to.equal("unreadable");
    expect(read("soon")).to.equal("unreadable");
  });

  it("reads accountExpires; 0 and the largest value are never", () => {
    const read = (value: string) => fileTimeOf(user("accountExpires", value), "accountExpires");
    expect(read("0")).to.equal(null);
    expect(read("9223372036854775807")).to.equal(null);
    expect(read("134116992000000000")).to.equal(NOW);
    expect(read("-5")).to.equal("unreadable");
    expect(read("tomorrow")).to.equal("unreadable");
  });
});
