import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { read, root } from "./sources.ts";

/** The one rule, which knows every other spelling too. */
const MAY_CHANGE_CASE: readonly string[] = ["shared/dn.ts"];

const CASE_METHODS = new Set(["toLowerCase", "toUpperCase", "toLocaleLowerCase", "toLocaleUpperCase"]);

/** Recognises `dn`, `baseDn`, `userDNs` and `memberOf`, and not `dnsHostName`. */
function holdsDns(text: string): boolean {
  const words = text.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return /\b(?:dns?(?! host)|distinguished ?name|member ?of)\b/.test(words);
}

/** Finds where a DN, or a list with DNs, changes its case: directly, or by a function of the same file that does it. */
function caseChangesOfDns(source: string): string[] {
  if (!holdsDns(source) || !/Case\(/.test(source)) return []; // parsing every file would take seconds
  const file = ts.createSourceFile("some.ts", source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const changers = new Set<string>();
  const visit = (node: ts.Node, each: (node: ts.Node) => void): void => {
    each(node);
    node.forEachChild((child) => visit(child, each));
  };

  visit(file, (node) => {
    if (!isCaseChange(node)) return;
    const name = nameOfFunctionAround(node);
    if (name !== null) changers.add(name);
    if (holdsDns(wholeExpression(node).getText())) found.push(wholeExpression(node).getText());
  });
  visit(file, (node) => {
    if (!ts.isIdentifier(node) || !changers.has(node.text)) return;
    const isDeclaration =
      (ts.isVariableDeclaration(node.parent) || ts.isFunctionDeclaration(node.parent)) &&
      node.parent.name === node;
    if (!isDeclaration && holdsDns(wholeExpression(node).getText()))
      found.push(wholeExpression(node).getText());
  });
  return found;
}

const isCaseChange = (node: ts.Node): boolean =>
  ts.isCallExpression(node) &&
  ts.isPropertyAccessExpression(node.expression) &&
  CASE_METHODS.has(node.expression.name.text);

/** The largest expression around a node, within one operand of `||` or `===` and within one named function. */
function wholeExpression(node: ts.Node): ts.Node {
  let whole = node;
  while (ts.isExpression(whole.parent) || ts.isSpreadElement(whole.parent)) {
    const isNamed = ts.isArrowFunction(whole.parent) && ts.isVariableDeclaration(whole.parent.parent);
    if (isNamed || ts.isBinaryExpression(whole.parent)) break;
    whole = whole.parent;
  }
  return whole;
}

/** The name of `const f = (x) => …x.toLowerCase()…` or `function f(x) { … }`; null within an anonymous function. */
function nameOfFunctionAround(node: ts.Node): string | null {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionDeclaration(at)) return at.name?.text ?? null;
    if (ts.isArrowFunction(at))
      return ts.isVariableDeclaration(at.parent) && ts.isIdentifier(at.parent.name)
        ? at.parent.name.text
        : null;
  }
  return null;
}

describe("the case of DNs", () => {
  const WRONG = [
    "const wanted = new Set(protectedGroups.map((dn) => dn.toLowerCase()));",
    'const has = read("memberOf").some((dn) => wanted.has(dn.toString("utf8").toLowerCase()));',
    'const has = read("memberOf").some((group) => wanted.has(group.toString("utf8").toLowerCase()));',
    "const same = baseDn.trim().toUpperCase() === other;",
    "const names = config.bases.map(({ dn }) => dn).map((base) => base.toLowerCase());",
    `const normalize = (name: string): string => name.trim().toLowerCase().replace(/\\s*([,=+])\\s*/g, "$1");
     const denied = [...account.names, account.dn, ...account.groups].some((name) => set.has(normalize(name)));`,
    `function fold(text: string): string { return text.toLowerCase(); }
     const set = new Set(groupDns.map(fold));`,
  ];
  const RIGHT = [
    "const id = value.toString('latin1').toLowerCase();",
    "const name = attribute.toLowerCase(); const known = canonicalDn(dn);",
    "const dnsHostName = first('dnsHostName');",
    `const fold = (text: string): string => text.toLowerCase();
     const set = new Set(names.map(fold)); const entry = find(dn);`,
  ];

  for (const source of WRONG)
    it(`is found changed in ${source}`, () => {
      expect(caseChangesOfDns(source)).to.not.deep.equal([]);
    });
  for (const source of RIGHT)
    it(`is not found changed in ${source}`, () => {
      expect(caseChangesOfDns(source)).to.deep.equal([]);
    });

  it("is changed nowhere else", () => {
    const wrong = ["agent", "cloud", "shared", "cli"]
      .flatMap((room) =>
        readdirSync(join(root, room), { recursive: true, encoding: "utf8" }).map((file) => join(room, file)),
      )
      .filter((file) => file.endsWith(".ts") && !MAY_CHANGE_CASE.includes(file))
      .flatMap((file) => caseChangesOfDns(read(file)).map((text) => `${file}: ${text}`));

    expect(wrong).to.deep.equal([]);
  });
});
