import { expect } from "chai";
import {
  authenticatorLink,
  newAuthenticatorSecret,
  stepOf,
} from "../../../../cloud/methods/authenticator.ts";
import { Secret } from "../../../../shared/secret.ts";

/** RFC 6238, appendix B, SHA-1; of its eight digits the last six. */
const SECRET = new Secret(Buffer.from("12345678901234567890", "ascii"));
const VECTORS = [
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
] as const;

describe("authenticator codes", () => {
  for (const [seconds, code] of VECTORS)
    it(`match the example of RFC 6238 at ${seconds} s`, () => {
      expect(stepOf(SECRET, code, seconds * 1000)).to.equal(Math.floor(seconds / 30));
    });

  it("are accepted one step early or late, and no further", () => {
    const at = (seconds: number) => stepOf(SECRET, "287082", seconds * 1000);

    expect([0, 29, 30, 59, 60, 89].map(at)).to.deep.equal([1, 1, 1, 1, 1, 1]);
    expect([90, 119, 1_000].map(at)).to.deep.equal([null, null, null]);
  });

  for (const typed of ["287 082", "287-082", "２８７０８２", " 287082 ", "Contoso: 287082"])
    it(`are read from ${JSON.stringify(typed)}`, () => {
      expect(stepOf(SECRET, typed, 59_000)).to.equal(1);
    });

  for (const typed of ["", "28708", "2870820", "28708a", "287082 or 287083", "0".repeat(64)])
    it(`are not read from ${JSON.stringify(typed)}`, () => {
      expect(stepOf(SECRET, typed, 59_000)).to.equal(null);
    });

  it("have a link that names the organisation and the account, and a key to type", () => {
    const link = authenticatorLink(SECRET, { issuer: "Contoso & Söhne", account: "ann@contoso.com" });

    expect(link.uri.reveal()).to.match(/^otpauth:\/\/totp\/Contoso%20%26%20S%C3%B6hne:ann%40contoso.com\?/);
    expect(link.uri.reveal()).to.include("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    expect(link.typed.reveal()).to.equal("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
  });

  it("have secrets of 160 bits", () => {
    const [a, b] = [newAuthenticatorSecret().reveal(), newAuthenticatorSecret().reveal()];

    expect(a).to.have.lengthOf(20);
    expect(a.equals(b)).to.equal(false);
  });
});
