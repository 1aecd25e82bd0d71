import { expect } from "chai";
import {
  parseGeneralizedTime,
  toGeneralizedTime,
} from "../../../../../agent/directory/ldap/generalized-time.ts";

const at = (...parts: [number, number, number, number?, number?, number?, number?]): number =>
  Date.UTC(...parts);

describe("generalized time (RFC 4517 3.3.13)", () => {
  for (const [text, expected] of [
    ["20260131235959Z", at(2026, 0, 31, 23, 59, 59)],
    ["20260131235959.123456Z", at(2026, 0, 31, 23, 59, 59, 123)],
    ["20260131235959,5Z", at(2026, 0, 31, 23, 59, 59, 500)],
    ["202601312359Z", at(2026, 0, 31, 23, 59)],
    ["202601312359.5Z", at(2026, 0, 31, 23, 59, 30)],
    ["2026013123Z", at(2026, 0, 31, 23)],
    ["2026013123.25Z", at(2026, 0, 31, 23, 15)],
    ["20260131235959+0100", at(2026, 0, 31, 22, 59, 59)],
    ["20260131235959-02", at(2026, 1, 1, 1, 59, 59)],
    ["2026013100+0530", at(2026, 0, 30, 18, 30)],
    ["20240229000000Z", at(2024, 1, 29)],
    ["20161231235960Z", at(2017, 0, 1)],
    ["19700101000000Z", 0],
  ] as const)
    it(`reads ${text}`, () => {
      expect(parseGeneralizedTime(text)).to.equal(expected);
    });

  for (const text of [
    "",
    "yesterday",
    "20260131235959", // without a zone it is local time, of which no server says where
    "20260230000000Z",
    "20261301000000Z",
    "20260101240000Z",
    "20260101006000Z",
    "20260131235959+2400",
    "20260131235959.Z",
    " 20260131235959Z",
    "2026-01-31T23:59:59Z",
  ])
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseGeneralizedTime(text)).to.equal(null);
    });

  it("reads the year 0, in which a lock for good is written", () => {
    expect(parseGeneralizedTime("000001010000Z")).to.be.lessThan(at(1, 0, 1));
  });

  it("writes whole seconds", () => {
    expect(toGeneralizedTime(at(2026, 0, 31, 23, 59, 59, 999))).to.equal("20260131235959Z");
  });
});
