import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { read, root } from "./sources.ts";

const PAGE = "docs/security-tests.md";

/** The requirements of ASVS 5.0.0, levels 1 and 2, of the chapters that the page goes through, by section. */
const ASVS: Readonly<Record<string, string>> = {
  "V3.2": "1 2",
  "V3.3": "1 2 3 4",
  "V3.4": "1 2 3 4 5 6",
  "V3.5": "1 2 3 4 5",
  "V3.7": "1 2",
  "V4.1": "1 2 3",
  "V4.2": "1",
  "V4.3": "1 2",
  "V4.4": "1 2 3 4",
  "V6.1": "1 2 3",
  "V6.2": "1 2 3 4 5 6 7 8 9 10 11 12",
  "V6.3": "1 2 3 4",
  "V6.4": "1 2 3 4",
  "V6.5": "1 2 3 4 5",
  "V6.6": "1 2 3",
  "V6.8": "1 2 3 4",
  "V7.1": "1 2 3",
  "V7.2": "1 2 3 4",
  "V7.3": "1 2",
  "V7.4": "1 2 3 4 5",
  "V7.5": "1 2",
  "V7.6": "1 2",
  "V11.1": "1 2",
  "V11.2": "1 2 3",
  "V11.3": "1 2 3",
  "V11.4": "1 2 3 4",
  "V11.5": "1",
  "V11.6": "1",
  "V12.1": "1 2 3",
  "V12.2": "1 2",
  "V12.3": "1 2 3 4",
  "V13.1": "1",
  "V13.2": "1 2 3 4 5",
  "V13.3": "1 2",
  "V13.4": "1 2 3 4 5",
  "V14.1": "1 2",
  "V14.2": "1 2 3 4",
  "V14.3": "1 2 3",
  "V15.1": "1 2 3",
  "V15.2": "1 2 3",
  "V15.3": "1 2 3 4 5 6 7",
  "V16.1": "1",
  "V16.2": "1 2 3 4 5",
  "V16.3": "1 2 3 4",
  "V16.4": "1 2 3",
  "V16.5": "1 2 3",
};
const requirements = Object.entries(ASVS).flatMap(([section, numbers]) =>
  numbers.split(" ").map((number) => `${section}.${number}`),
);
const threats = Array.from({ length: 35 }, (_, index) => `T-${String(index + 1).padStart(2, "0")}`);

interface Row {
  readonly id: string;
  readonly text: string;
  /** The heading above the row. */
  readonly section: string;
  readonly tests: readonly { readonly file: string; readonly titles: readonly string[] }[];
}

function rowsOf(page: string): Row[] {
  return page.split(/^## /m).flatMap((part) => {
    const section = part.slice(0, part.indexOf("\n"));
    return [...part.matchAll(/^- \*\*([VT§][\d.-]+)(?: \(\d\))?\*\* ((?:.+\n?)+?)(?=^- |^$|$(?![^]))/gm)].map(
      ([, id = "", lines = ""]) => {
        const text = lines.replace(/\s+/g, " ").trim();
        return { id, text, section, tests: testsOf(text) };
      },
    );
  });
}

/** A path is followed by the titles of tests in that file, in curly quotation marks. */
function testsOf(text: string): Row["tests"] {
  const found: { file: string; titles: string[] }[] = [];
  for (const [, file, title] of text.matchAll(/`(test\/[^`]+)`|“([^”]+)”/g))
    if (file !== undefined) found.push({ file, titles: [] });
    else found.at(-1)?.titles.push(title ?? "");
  return found;
}

/** The titles of the tests in a file that run, with those of their groups. Null when there is no such file. */
const titlesByFile = new Map<string, readonly string[] | null>();
function titlesIn(file: string): readonly string[] | null {
  const known = titlesByFile.get(file);
  if (known !== undefined) return known;
  const titles = existsSync(join(root, file)) ? runningTitles(read(file)) : null;
  titlesByFile.set(file, titles);
  return titles;
}

/**
 * A title in a comment, or of a test that is skipped, proves nothing. Where titles are made of a table (a template, or a
 * variable), the texts of the file count too. A template's placeholders stay as they are written.
 */
function runningTitles(source: string): string[] {
  const file = ts.createSourceFile("test.ts", source, ts.ScriptTarget.Latest);
  const titles: string[] = [];
  const texts: string[] = [];
  const tables: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) texts.push(node.text);
    if (ts.isCallExpression(node)) {
      const [callee, title] = [node.expression.getText(file), node.arguments[0]];
      if (/^(?:(?:it|describe|context)\.skip|x(?:it|describe|context))$/.test(callee)) return;
      if (/^(?:it|describe|context)$/.test(callee) && title !== undefined) {
        if (!ts.isStringLiteral(title) && !ts.isNoSubstitutionTemplateLiteral(title)) tables.push(title);
        titles.push(ts.isStringLiteral(title) ? title.text : title.getText(file).slice(1, -1));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return tables.length > 0 ? [...titles, ...texts] : titles;
}

describe(PAGE, () => {
  const rows = rowsOf(read(PAGE));
  const isUnder = (heading: string) => rows.filter(({ section }) => section.startsWith(heading));

  it("has every requirement of ASVS once, and no other", () => {
    const named = rows.map(({ id }) => id).filter((id) => id.startsWith("V"));

    expect(named).to.have.members(requirements);
    expect(named).to.have.length(new Set(named).size);
  });

  it("has every threat once, in order, and what NIST asks of recovery", () => {
    expect(isUnder("Threats").map(({ id }) => id)).to.deep.equal(threats);
    expect(new Set(isUnder("NIST").map(({ id }) => id))).to.include.all.keys(
      ["§4.2.1", "§4.2.1.1", "§4.2.1.2", "§4.2.1.3", "§4.2.1.4"].concat([
        "§4.2.2.1",
        "§4.2.2.2",
        "§4.2.2.3",
        "§4.2.3",
      ]),
    );
  });

  it("gives each row a test, or a reason", () => {
    const without = rows
      .filter(({ section }) => section !== "Not fulfilled")
      .filter(
        ({ text, tests }) => tests.length === 0 && !/(?:No test|Does not apply|Not fulfilled): /.test(text),
      );

    expect(without.map(({ id }) => id)).to.deep.equal([]);
  });

  it("names tests that are there, by titles that are in them", () => {
    const wrong = rows.flatMap(({ id, tests }) =>
      tests.flatMap(({ file, titles }) => {
        const present = titlesIn(file);
        if (present === null) return [`${id}: ${file} is missing`];
        return titles
          .filter((title) => !present.some((each) => each.includes(title)))
          .map((title) => `${id}: ${file}: ${title}`);
      }),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("takes no title from a comment, nor of a test that is skipped", () => {
    const source = [
      '// it("said only", () => undefined);',
      'it.skip("skipped", () => undefined);',
      'describe.skip("a skipped group", () => { it("in it", () => undefined); });',
      'describe("a group", () => { it("runs", () => undefined); });',
    ];
    expect(runningTitles(source.join("\n"))).to.deep.equal(["a group", "runs"]);
    const table = 'for (const x of ["a case"]) it(`runs ${x}`, () => undefined);';
    expect(runningTitles(`// it("said only")\n${table}`)).to.deep.equal(["runs ${x}", "a case"]);
  });

  it("names for each threat a test that carries its id, or says that there is none", () => {
    const unproven = isUnder("Threats").filter(
      ({ id, text, tests }) =>
        !text.includes("No test: ") &&
        !tests.some(({ titles }) => titles.some((title) => title.includes(id))),
    );

    expect(unproven.map(({ id }) => id)).to.deep.equal([]);
  });
});
