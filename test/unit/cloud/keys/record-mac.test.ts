import { expect } from "chai";
import { createRecordMac, MAC_LENGTH } from "../../../../cloud/keys/record-mac.ts";
import { Secret } from "../../../../shared/secret.ts";

const seed = (fill: number): Secret => new Secret(Buffer.alloc(32, fill).toString("base64url"));
const KEY = "lk:{t}:policy";

describe("a record's MAC", () => {
  const mac = createRecordMac([seed(1)]);

  it("is valid for exactly the record it was made for", () => {
    const made = mac.sign(KEY, "content");

    expect(made).to.have.length(MAC_LENGTH);
    expect(mac.verify(KEY, "content", made)).to.equal(true);
    expect(mac.verify(KEY, "Content", made)).to.equal(false);
    expect(mac.verify("lk:{u}:policy", "content", made)).to.equal(false);
  });

  it("is not valid when any character of it differs, is missing or is added", () => {
    const made = mac.sign(KEY, "content");

    for (let at = 0; at < made.length; at += 1) {
      const other = made[at] === "A" ? "B" : "A";
      expect(mac.verify(KEY, "content", made.slice(0, at) + other + made.slice(at + 1))).to.equal(false);
      expect(mac.verify(KEY, "content", made.slice(0, at))).to.equal(false);
    }
    expect(mac.verify(KEY, "content", `${made}A`)).to.equal(false);
    expect(mac.verify(KEY, "content", "é".repeat(MAC_LENGTH))).to.equal(false);
  });

  it("is valid under an earlier key that is still accepted, and made under the key in use", () => {
    const made = mac.sign(KEY, "content");
    const rotated = createRecordMac([seed(2), seed(1)]);

    expect(rotated.verify(KEY, "content", made)).to.equal(true);
    expect(rotated.sign(KEY, "content")).to.equal(createRecordMac([seed(2)]).sign(KEY, "content"));
    expect(createRecordMac([seed(2)]).verify(KEY, "content", made)).to.equal(false);
  });
});
