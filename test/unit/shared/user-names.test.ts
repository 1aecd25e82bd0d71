import { expect } from "chai";
import fc from "fast-check";
import { isUserName, nameKey, readName } from "../../../shared/user-names.ts";

describe("names as people type them", () => {
  for (const typed of [
    "Jane.OBrien@contoso.com",
    "  jane.obrien@contoso.com\t",
    "jane.obrien\u200b@contoso.com",
    "\u202ajane.obrien@contoso.com\u202c",
    "\ufeffjane.o\u00adbrien@contoso.com",
    "ｊａｎｅ．ｏｂｒｉｅｎ＠ｃｏｎｔｏｓｏ．ｃｏｍ",
    "jane.obrien﹫contoso.com",
    "mailto:jane.obrien@contoso.com",
    "mailto:jane.obrien@contoso.com?subject=Hello",
    "Jane O’Brien <jane.obrien@contoso.com>",
  ])
    it(`are one name: ${JSON.stringify(typed)}`, () => {
      const name = readName(typed);
      expect(name.key).to.equal("jane.obrien@contoso.com");
      expect(isUserName(name)).to.equal(true);
      expect(name.account).to.deep.equal({ key: "jane.obrien", domain: "contoso.com", place: "after" });
    });

  for (const [typed, key] of [
    ["O’Brien", "o'brien"],
    ["O‘Brien", "o'brien"],
    ["O´Brien", "o'brien"],
    ["O`Brien", "o'brien"],
    ["Jane  van\u00a0Dam", "jane van dam"],
    ["jean\u2010luc", "jean-luc"],
    ["JEAN\u2011LUC", "jean-luc"],
    ["E\u0301va", "éva"],
    ["İbrahim", "ibrahim"],
    ["Νίκος", "νίκοσ"],
    ["ﬁona", "fiona"],
  ] as const)
    it(`have one form: ${JSON.stringify(typed)} is ${key}`, () => {
      expect(readName(typed).key).to.equal(key);
      expect(nameKey(key)).to.equal(nameKey(typed));
    });

  for (const [typed, account] of [
    ["CORP\\jdoe", { key: "jdoe", domain: "corp", place: "before" }],
    ["corp.example.com\\JDoe", { key: "jdoe", domain: "corp.example.com", place: "before" }],
    [" CORP \\ jdoe ", { key: "jdoe", domain: "corp", place: "before" }],
    ["ＣＯＲＰ＼ｊｄｏｅ", { key: "jdoe", domain: "corp", place: "before" }],
    [".\\jdoe", { key: "jdoe", domain: ".", place: "before" }],
    ["CORP/jdoe", { key: "jdoe", domain: "corp", place: "before" }],
    ["CORP\\jdoe@contoso.com", { key: "jdoe@contoso.com", domain: "corp", place: "before" }],
    ["jdoe@corp.local", { key: "jdoe", domain: "corp.local", place: "after" }],
    ["jdoe", null],
    ["a@b@c", null],
    ["@corp.local", null],
    ["jdoe@", null],
  ] as const)
    it(`may have a domain beside the account name: ${typed}`, () => {
      expect(readName(typed).account).to.deep.equal(account);
    });

  for (const typed of [
    "\\jdoe",
    "jdoe\\",
    "A\\B\\jdoe",
    "\\\\server\\share",
    "\\",
    "",
    " ",
    "\u200b",
    "a\u0000b",
    "x".repeat(257),
  ])
    it(`are no names, whoever exists: ${JSON.stringify(typed.slice(0, 20))}`, () => {
      expect(isUserName(readName(typed))).to.equal(false);
      expect(readName(typed).account?.place).to.not.equal("before");
    });

  it("read the same again, and as the directory's name that was copied", () => {
    const marks = fc.constantFrom("", "\u200b", "\u200e", "\u202c", "\ufeff", "\u00ad");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), marks, (stored, mark) => {
        const key = nameKey(stored);
        expect(nameKey(key)).to.equal(key);
        expect(nameKey(`${mark} ${stored.toUpperCase().toLowerCase()}${mark}`)).to.equal(
          nameKey(stored.toUpperCase().toLowerCase()),
        );
        expect(nameKey(`${mark}${stored}${mark}`)).to.equal(key);
        expect(nameKey(stored.normalize("NFD"))).to.equal(key);
      }),
      {
        examples: [
          ["\u0374", ""],
          ["\u1fef", ""],
          ["\u1ffd", ""],
          ["\u2033", ""],
          ["\u0149", ""],
        ],
      },
    );
  });
});
