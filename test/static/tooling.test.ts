import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { stalePages } from "../../docs/generate.ts";

const root = join(import.meta.dirname, "../..");
const run = (program: string, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "node_modules", program), ...args],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  return status === 0 ? "" : `${stdout}${stderr}` || `${program} ended with ${String(status)}`;
};

describe("tooling", function () {
  this.timeout(180_000);

  it("type-checks every source", () => {
    expect(run("typescript/bin/tsc")).to.equal("");
  });

  it("finds nothing to complain about in any source", () => {
    expect(run("eslint/bin/eslint.js", ".")).to.equal("");
  });

  it("finds every file formatted", () => {
    expect(run("prettier/bin/prettier.cjs", "--check", "--log-level", "warn", ".")).to.equal("");
  });

  it("keeps the generated pages and example files in step with the schemas", () => {
    expect(stalePages(), "run: npm run docs:generate").to.deep.equal([]);
  });
});
