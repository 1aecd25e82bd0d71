import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { readSecretFile, readTextFile, TextFileError } from "../../../shared/text-file.ts";

const folder = mkdtempSync(join(tmpdir(), "latchkey-text-"));
const file = join(folder, "secret");
const secretOf = (bytes: string | Buffer): string => {
  writeFileSync(file, bytes);
  try {
    return readSecretFile(file).reveal();
  } catch (error) {
    if (error instanceof TextFileError) return `refused: ${error.problem}`;
    throw error;
  }
};
const latin1 = (text: string) => Buffer.from(text, "latin1");
const utf16 = (text: string, mark: string) => Buffer.from(`${mark}${text}`, "utf16le");

describe("text files", () => {
  after(() => rmSync(folder, { recursive: true, force: true }));

  const cases: [string, string | Buffer, string | RegExp][] = [
    ["plain", "Pa55wörd", "Pa55wörd"],
    ["with the line break of echo", "Pa55wörd\n", "Pa55wörd"],
    ["with the line break of Windows", "Pa55wörd\r\n", "Pa55wörd"],
    ["with the byte order mark of Notepad", "\ufeffPa55wörd\r\n", "Pa55wörd"],
    ["with spaces, which belong to the password", " Pa55 wörd \n", " Pa55 wörd "],
    ["with a byte order mark inside, which belongs to it", "Pa55\ufeffword", "Pa55\ufeffword"],
    ["of PowerShell, UTF-16", utf16("Pa55word\r\n", "\ufeff"), /UTF-16.*iconv -f UTF-16/],
    ["in UTF-16, big endian", utf16("Pa55word", "\ufeff").swap16(), /UTF-16/],
    ["in UTF-16 without a mark", utf16("Pa55word", ""), /UTF-16/],
    ["in Latin-1", latin1("Pa55wörd\n"), /not UTF-8.*iconv -f WINDOWS-1252/],
    ["that is empty", "", /empty/],
    ["with nothing but a line break", "\n", /empty/],
    ["with nothing but a byte order mark", "\ufeff", /empty/],
    ["of two lines", "Pa55word\nOther\n", /more than one line/],
    ["with an empty line at its end", "Pa55word\n\n", /more than one line/],
    ["of a megabyte", "x".repeat(1024 * 1024), /larger than 16 KiB/],
  ];
  for (const [name, bytes, expected] of cases)
    it(`reads a secret ${name}`, () => {
      if (typeof expected === "string") expect(secretOf(bytes)).to.equal(expected);
      else
        expect(secretOf(bytes))
          .to.match(/^refused: /)
          .and.to.match(expected);
    });

  it("gives back every password that was written as UTF-8", () => {
    const password = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        password,
        fc.constantFrom("", "\ufeff"),
        fc.constantFrom("", "\n", "\r\n"),
        (text, mark, end) => {
          fc.pre(!/[\r\n\0\ufeff]/.test(text));

          expect(secretOf(mark + text + end)).to.equal(text);
        },
      ),
    );
  });

  it("says why a file cannot be read", () => {
    expect(() => readTextFile(join(folder, "absent"), 10)).to.throw(TextFileError, "there is no such file");
  });
});
