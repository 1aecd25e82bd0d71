import { expect } from "chai";
import fc from "fast-check";
import { asciiDigits, plainText, readCode } from "../../../shared/typed-text.ts";

describe("what people type or paste as a code", () => {
  for (const typed of [
    "123456",
    " 123 456 ",
    "123-456",
    "123\u2013456",
    "123.456",
    "123\u00a0456",
    "1 2 3 4 5 6",
    "1,2,3,4,5,6",
    "12\u200b34\u202c56",
    "#123456",
    "G-123456",
    "１２３４５６",
    "١٢٣٤٥٦",
    "123456.",
    "Your code for Contoso is 123456. It is valid for 5 minutes. Nobody from Contoso asks for it.",
    "Uw code: 123 456 (5 minuten geldig)",
    "验证码123456，5分钟内有效",
    "Your code is 123456.\r\n\r\n@reset.contoso2024.com #123456",
    "Code 123456 – call +32 470 12 34 56 78 9 for help",
  ])
    it(`is 123456 in ${JSON.stringify(typed)}`, () => {
      expect(readCode(typed)).to.equal("123456");
    });

  for (const typed of [
    "",
    "12345",
    "12345678901",
    "12345a",
    "a123456",
    "123456 or 654321",
    "Your code",
    "1".repeat(600),
  ])
    it(`is nothing, and so no guess, in ${JSON.stringify(typed.slice(0, 20))}`, () => {
      expect(readCode(typed)).to.equal(null);
    });

  it("is found within any message without other digits, however it is grouped", () => {
    const words = fc.stringMatching(/^[ .,:;!?\u0600-\u0620\u4e00-\u4e20]{0,20}$/);
    const digits = fc.stringMatching(/^\d{6,10}$/);
    const between = fc.constantFrom("", " ", "-", "\u2013", ".", "\u00a0", "\u200b");
    fc.assert(
      fc.property(words, digits, between, words, (before, code, separator, after) => {
        const typed = `${before}: ${code.slice(0, 3)}${separator}${code.slice(3)} ${after}`;
        // "123 456789" holds one run that alone could be the code.
        fc.pre(separator === "" || separator === "\u200b" || code.length < 9);
        expect(readCode(typed)).to.equal(code);
      }),
    );
  });
});

describe("plain text of what people type", () => {
  it("has nothing that nobody sees, and reads the same again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        const plain = plainText(text);
        expect(plain).to.not.match(/\p{Cf}|\p{Default_Ignorable_Code_Point}|^\s|\s$/u);
        expect(plainText(plain)).to.equal(plain);
      }),
    );
  });

  it("has the digits of every script as 0 to 9", () => {
    expect(asciiDigits("٠٩ ۰۹ ०९ 09 𝟎𝟗")).to.equal("09 09 09 09 09");
  });
});
