import { expect } from "chai";
import { acceptedLanguage, chooseLanguage } from "../../../../cloud/portal/language.ts";

describe("language of a page", () => {
  const wishes: readonly (readonly [header: string | undefined, language: string | null])[] = [
    [undefined, null],
    ["", null],
    ["nl", "nl"],
    ["nl-BE,nl;q=0.9,en;q=0.8", "nl"],
    ["pt-BR, fr;q=0.5, de;q=0.7", "de"],
    ["en;q=0, es;q=0.1", "es"],
    ["DE-at", "de"],
    ["*", null],
    ["ja,zh;q=0.5", null],
    ["en;q=nonsense,fr", "en"],
    [`${"x,".repeat(5_000)}de`, null],
  ];
  for (const [header, language] of wishes)
    it(`is ${String(language)} for Accept-Language ${JSON.stringify(header?.slice(0, 40))}`, () => {
      expect(acceptedLanguage(header)).to.equal(language);
    });

  it("is what the person chose, before what the browser asks for", () => {
    expect(chooseLanguage("fr", "de", "nl")).to.equal("fr");
    expect(chooseLanguage(undefined, "de", "nl")).to.equal("de");
    expect(chooseLanguage("xx", "yy", "nl")).to.equal("nl");
    expect(chooseLanguage(["fr"], undefined, undefined)).to.equal("en");
  });
});
