import { expect } from "chai";
import {
  encodeUnicodePassword,
  passwordShape,
} from "../../../../../agent/directory/passwords/unicode-password.ts";

describe("unicodePwd", () => {
  it("is quoted and in UTF-16LE, whatever the characters", () => {
    expect(encodeUnicodePassword("aé€").toString("hex")).to.equal("22006100e900ac202200");
    expect(encodeUnicodePassword("🚀").toString("hex")).to.equal("22003dd880de2200");
    expect(encodeUnicodePassword('"').toString("hex")).to.equal("220022002200");
  });

  it("keeps combining forms as they were typed", () => {
    expect(encodeUnicodePassword("e\u0301").equals(encodeUnicodePassword("é"))).to.equal(false);
  });

  it("is refused without a server when it is empty or longer than 256 UTF-16 units", () => {
    expect(passwordShape("")).to.equal("empty");
    expect(passwordShape(" ")).to.equal("fits");
    expect(passwordShape("a".repeat(256))).to.equal("fits");
    expect(passwordShape("🚀".repeat(128))).to.equal("fits");
    expect(passwordShape("a".repeat(257))).to.equal("too_long");
  });
});
