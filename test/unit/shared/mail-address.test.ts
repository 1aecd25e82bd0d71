import { expect } from "chai";
import { readAddress } from "../../../shared/mail-address.ts";

describe("mail addresses, typed or from the directory", () => {
  for (const [typed, address] of [
    ["John.Doe@Contoso.com", "John.Doe@contoso.com"],
    [" john@contoso.com\u200b", "john@contoso.com"],
    ["mailto:john@contoso.com", "john@contoso.com"],
    ["John Doe <john@contoso.com>", "john@contoso.com"],
    ["ｊｏｈｎ＠ｃｏｎｔｏｓｏ．ｃｏｍ", "john@contoso.com"],
    ["o’brien@contoso.com", "o'brien@contoso.com"],
    ["john@münchen.example", "john@xn--mnchen-3ya.example"],
    ["jörg@contoso.com", null],
    ["n/a", null],
    ["john@", null],
    ["@contoso.com", null],
    ["john@contoso", null],
    ["a@b.example, c@d.example", null],
    ["", null],
    [`${"x".repeat(250)}@contoso.com`, null],
  ] as const)
    it(`${address === null ? "are none" : "are read"}: ${JSON.stringify(typed.slice(0, 40))}`, () => {
      expect(readAddress(typed)).to.equal(address);
    });
});
