import { expect } from "chai";
import { BerWriter } from "ldapts";
import { createEntryIds } from "../../../../../agent/directory/entries/entry-id.ts";

const ID = "37c965a8d6d7bec292c7b11ff315d9ea";
const GUID = Buffer.from("a865c937d7d6c2be92c7b11ff315d9ea", "hex");

const idOf = (attribute: string, value: Buffer | string): string | null =>
  createEntryIds(attribute).idOf({
    attributes: new Map<string, readonly Buffer[]>([[attribute.toLowerCase(), [Buffer.from(value)]]]),
  });

describe("entry ids", () => {
  for (const [attribute, value] of [
    ["objectGUID", GUID],
    ["entryUUID", "37C965A8-d6d7-bec2-92c7-b11ff315d9ea"],
    ["nsUniqueId", "37c965a8-d6d7bec2-92c7b11f-f315d9ea"],
    ["GUID", Buffer.from(ID, "hex")],
  ] as const) {
    it(`reads ${attribute}`, () => {
      expect(idOf(attribute, value)).to.equal(ID);
    });

    it(`searches by ${attribute} as the server writes it`, () => {
      const filter = createEntryIds(attribute).filterOf(ID);
      const writer = new BerWriter();
      filter.write(writer);

      const expected = typeof value === "string" ? Buffer.from(value.toLowerCase()) : value;
      expect(writer.buffer.includes(expected)).to.equal(true);
    });
  }

  for (const value of [
    ID,
    ID.toUpperCase(),
    "37c965a8-d6d7-bec2-92c7-b11ff315d9ea",
    "37C965A8-D6D7-BEC2-92C7-B11FF315D9EA",
    Buffer.from(ID, "hex"),
  ])
    it(`finds an id in an attribute of the administrator's choice that is written ${value.toString("latin1")}`, () => {
      const writer = new BerWriter();
      createEntryIds("employeeNumber").filterOf(ID).write(writer);

      expect(idOf("employeeNumber", value)).to.equal(ID);
      expect(writer.buffer.includes(Buffer.from(value))).to.equal(true);
    });

  it("gives null for what is no id", () => {
    expect(idOf("employeeNumber", "4711")).to.equal(null);
    expect(createEntryIds("entryUUID").idOf({ attributes: new Map() })).to.equal(null);
  });
});
