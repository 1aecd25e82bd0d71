import { randomBytes } from "node:crypto";
import { expect } from "chai";
import {
  decryptAtRest,
  encryptAtRest,
  isEncrypted,
  stateKeyFrom,
} from "../../../../agent/identity/at-rest.ts";

describe("files at rest", () => {
  const key = stateKeyFrom(randomBytes(32));

  it("open with their key and their name", () => {
    const content = encryptAtRest(key, "identity.json", Buffer.from("who"));
    expect(isEncrypted(content)).to.equal(true);
    expect(content.includes("who")).to.equal(false);
    expect(decryptAtRest(key, "identity.json", content).toString()).to.equal("who");
  });

  it("do not open with another key, under another name, or with any bit changed", () => {
    const content = encryptAtRest(key, "identity.json", Buffer.from("who"));
    expect(() => decryptAtRest(stateKeyFrom(randomBytes(32)), "identity.json", content)).to.throw();
    expect(() => decryptAtRest(key, "generation.json", content)).to.throw();
    for (let bit = 4 * 8; bit < content.length * 8; bit++) {
      const altered = Buffer.from(content);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decryptAtRest(key, "identity.json", altered), `bit ${bit}`).to.throw();
    }
  });

  it("are told apart from plain ones", () => {
    expect(isEncrypted(Buffer.from(`{"format":1}`))).to.equal(false);
    expect(isEncrypted(Buffer.alloc(0))).to.equal(false);
  });
});
