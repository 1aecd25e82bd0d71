import { expect } from "chai";
import {
  type Cursor,
  parseCursor,
  serializeCursor,
  whyFull,
} from "../../../../../agent/directory/feeds/cursor.ts";

const CURSOR: Cursor = {
  version: 1,
  feed: "syncrepl",
  server: "",
  query: "q",
  bases: { "ou=people,dc=x": "a1" },
  groups: "",
  position: { cookies: { a1: "rid=000" } },
};

describe("the cursor", () => {
  it("comes back as it was", () => {
    expect(parseCursor(serializeCursor(CURSOR))).to.deep.equal(CURSOR);
    expect(whyFull(CURSOR, CURSOR)).to.equal(null);
  });

  for (const text of [
    "",
    "garbage",
    "null",
    "{}",
    '{"version":2}',
    JSON.stringify({ ...CURSOR, more: 1 }),
    "x".repeat(70_000),
  ])
    it(`is null for ${text.slice(0, 20) || "nothing"}`, () => {
      expect(parseCursor(text)).to.equal(null);
    });

  for (const [reason, change] of [
    ["feed_changed", { feed: "entrycsn" }],
    ["configuration_changed", { query: "other" }],
    ["server_changed", { server: "dc2" }],
    ["base_replaced", { bases: { "ou=people,dc=x": "b2" } }],
    ["base_replaced", { bases: {} }],
    ["groups_changed", { groups: "g" }],
  ] as const)
    it(`says ${reason} when that is so`, () => {
      expect(whyFull(CURSOR, { ...CURSOR, ...change })).to.equal(reason);
    });
});
