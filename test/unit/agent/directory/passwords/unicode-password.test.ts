import { expect } from "chai";
import { encodeUnicodePassword } from "../../../../../agent/directory/passwords/unicode-password.ts";

describe("unicodePwd", () => {
  it("is quoted and in UTF-16LE, whatever the characters", () => {
    expect(encodeUnicodePassword("aé€").toString("hex")).to.equal("22006100e900ac202200");
    expect(encodeUnicodePassword("🚀").toString("hex")).to.equal("22003dd880de2200");
    expect(encodeUnicodePassword('"').toString("hex")).to.equal("220022002200");
  });

  it("keeps combining forms as they were typed", () => {
    expect(encodeUnicodePassword("e\u0301").equals(encodeUnicodePassword("é"))).to.equal(false);
  });
});
