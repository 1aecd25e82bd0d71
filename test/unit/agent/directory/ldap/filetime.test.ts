import { expect } from "chai";
import { fileTimeIntervalSeconds, fileTimeToMs } from "../../../../../agent/directory/ldap/filetime.ts";

describe("FILETIME", () => {
  const instants: readonly (readonly [string | undefined, number | null])[] = [
    ["116444736000000000", 0],
    ["132223104000000000", Date.UTC(2020, 0, 1)],
    ["0", null],
    ["9223372036854775807", null],
    ["-1", null],
    ["soon", null],
    [undefined, null],
  ];
  for (const [text, expected] of instants)
    it(`reads ${text ?? "nothing"} as ${expected === null ? "never" : new Date(expected).toISOString()}`, () => {
      expect(fileTimeToMs(text)).to.equal(expected);
    });

  const intervals: readonly (readonly [string | undefined, number | null])[] = [
    ["-864000000000", 86_400],
    ["-18000000000", 1800],
    ["0", 0],
    ["-9223372036854775808", Infinity],
    ["5", null],
    [undefined, null],
  ];
  for (const [text, expected] of intervals)
    it(`takes the interval ${text ?? "nothing"} as ${String(expected)} seconds`, () => {
      expect(fileTimeIntervalSeconds(text)).to.equal(expected);
    });
});
