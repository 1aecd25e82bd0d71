import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";
import { stalePages } from "../../docs/generate.ts";
import { root } from "./sources.ts";

const ESLINT_CACHE = "node_modules/.cache/eslint/";
const BY_CONTENT = ["--cache-strategy", "content"];

/** Runs a tool and returns its complaints; empty when it has none. */
async function complaints(program: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [join(root, "node_modules", program), ...args], { cwd: root });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  return code === 0 ? "" : output || `${program} ended with ${String(code)}`;
}

describe("tooling", function () {
  this.timeout(400_000);

  // Side by side: together they are the longest minute of the suite.
  let types: Promise<string>;
  let webTypes: Promise<string>;
  let lint: Promise<string>;
  let format: Promise<string>;
  let unused: Promise<string>;
  before(() => {
    // As `npm run lint` does. The cache knows a file's own content alone; an empty one, as in CI, checks everything.
    lint = complaints(
      "eslint/bin/eslint.js",
      "--cache",
      "--cache-location",
      ESLINT_CACHE,
      ...BY_CONTENT,
      ".",
    );
    types = complaints("typescript/bin/tsc");
    webTypes = complaints("typescript/bin/tsc", "-p", "web");
    unused = complaints("knip/bin/knip.js", "--no-progress");
    format = complaints("prettier/bin/prettier.cjs", "--check", "--log-level", "warn", ".");
  });

  it("type-checks every source", async () => {
    expect(await types).to.equal("");
    expect(await webTypes).to.equal("");
  });

  it("finds nothing to complain about in any source", async () => {
    expect(await lint).to.equal("");
  });

  it("finds every file formatted", async () => {
    expect(await format).to.equal("");
  });

  it("has no unused file, export or package", async () => {
    expect(await unused).to.equal("");
  });

  it("keeps the generated pages and example files in step with the schemas", () => {
    expect(stalePages(), "run: npm run docs:generate").to.deep.equal([]);
  });
});
