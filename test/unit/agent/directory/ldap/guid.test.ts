import { expect } from "chai";
import { guidDn, guidToId, idToGuid } from "../../../../../agent/directory/ldap/guid.ts";

describe("objectGUID", () => {
  const guid = Buffer.from("a865c937d6d7c2be92c77b11ff315d9e", "hex");
  const id = "37c965a8d7d6bec292c77b11ff315d9e";

  it("becomes the id in the order that directory tools print", () => {
    expect(guidToId(guid)).to.equal(id);
    expect(guidDn(id)).to.equal("<GUID=37c965a8-d7d6-bec2-92c7-7b11ff315d9e>");
  });

  it("comes back from the id byte for byte", () => {
    expect(idToGuid(id).equals(guid)).to.equal(true);
  });

  for (const bytes of [undefined, Buffer.alloc(0), Buffer.alloc(15), Buffer.alloc(17)])
    it(`is none when it has ${bytes === undefined ? "no value" : `${bytes.length.toString()} bytes`}`, () => {
      expect(guidToId(bytes)).to.equal(null);
    });
});
