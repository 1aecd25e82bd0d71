import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { read, root } from "./sources.ts";

const PAGE = "docs/ids.md";
/** S14, T-01; also both ends of a range and what lies between them: S01–S09. */
const ID = /\b(?:[AGOPRSW]|[FT]-)\d{2}\b/g;
const RANGE = /\b([AGOPRSW]|[FT]-)(\d{2})[–-]\1(\d{2})\b/g;

const explained = [...read(PAGE).matchAll(/^\| ([AGOPRSWFT]-?\d{2}) /gm)].map(([, id]) => id ?? "");

function idsIn(text: string): string[] {
  const between = [...text.matchAll(RANGE)].flatMap(([, kind = "", from, to]) =>
    Array.from(
      { length: Number(to) - Number(from) + 1 },
      (_, step) => kind + String(Number(from) + step).padStart(2, "0"),
    ),
  );
  return [...(text.match(ID) ?? []), ...between];
}

/** Where each id is named, in every file that a person writes. */
function mentions(): Map<string, string[]> {
  const files = execFileSync("git", ["ls-files", "*.ts", "*.js", "*.md", "*.lua", "*.css"], {
    cwd: root,
    encoding: "utf8",
  })
    .trim()
    .split("\n")
    .filter((file) => file !== PAGE && file !== "test/static/ids.test.ts");
  const found = new Map<string, string[]>();
  for (const file of files)
    for (const id of idsIn(read(file))) found.set(id, [...(found.get(id) ?? []), file]);
  return found;
}

describe(PAGE, () => {
  it("explains every id that is named anywhere, once", () => {
    const unexplained = [...mentions()].filter(([id]) => !explained.includes(id));

    expect(unexplained).to.deep.equal([]);
    expect(explained).to.have.length(new Set(explained).size);
  });

  it("explains no id that is named nowhere", () => {
    const named = mentions();

    expect(explained.filter((id) => !named.has(id))).to.deep.equal([]);
  });
});
