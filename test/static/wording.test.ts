import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { read, root } from "./sources.ts";

/** English that strangers have to decode (CONTRIBUTING.md, Writing). */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  '"who" as the object of a preposition': /\b(?:for|to|of|by) who\b/,
  'a comment that begins with "Of"': /(?:^|\s)(?:\/\*\*|\*|--|\/\/) Of\b/,
};

const files = execFileSync("git", ["ls-files", "*.ts", "*.js", "*.lua", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .trim()
  .split("\n")
  .filter((file) => file !== "test/static/wording.test.ts");

describe("wording", () => {
  for (const [what, pattern] of Object.entries(FORBIDDEN))
    it(`is without ${what}`, () => {
      const found = files.flatMap((file) =>
        read(file)
          .split("\n")
          .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
      );

      expect(found).to.deep.equal([]);
    });
});
