import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { read, root } from "./sources.ts";

interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}
interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(read("package.json")) as Manifest;
const lock = JSON.parse(read("package-lock.json")) as {
  readonly packages: Readonly<Record<string, LockEntry>>;
};
const entries = Object.entries(lock.packages).filter(([path]) => path !== "");

describe("what the product is built from (finding 21)", () => {
  it("is named with exact versions", () => {
    const { dependencies, devDependencies, overrides } = manifest;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...overrides }))
      expect(version, name).to.match(/^\d+\.\d+\.\d+$/);
  });

  it("is locked with a digest, and comes from the registry (T-34)", () => {
    expect(entries.length).to.be.above(200);
    for (const [path, { integrity, resolved }] of entries) {
      expect(integrity, path).to.match(/^sha512-/);
      if (resolved !== undefined) expect(resolved, path).to.match(/^https:\/\/registry\.npmjs\.org\//);
    }
  });

  it("runs no script of a package when it is installed, and needs none (T-34)", () => {
    const withScripts = entries.filter(([, entry]) => entry.hasInstallScript === true);
    // esbuild checks its own binary; msgpackr-extract builds a faster variant of code that also exists in JavaScript.
    expect(withScripts.map(([path]) => path.replace(/^.*node_modules\//, ""))).to.have.members([
      "esbuild",
      "msgpackr-extract",
    ]);
    for (const [path, { dev, optional }] of withScripts)
      expect(dev === true || optional === true, path).to.equal(true);
    for (const [line] of read("Dockerfile").matchAll(/npm (?:ci|install|prune)[^\n&]*/g))
      expect(line).to.contain("--ignore-scripts");
    expect(read("tools/require.js")).to.contain("--ignore-scripts");
  });

  it("is listed in a bill of materials, which marks what only building needs", () => {
    const { stdout, status } = spawnSync("npm", ["run", "--silent", "sbom"], { cwd: root, encoding: "utf8" });
    expect(status).to.equal(0);
    const { bomFormat, components } = JSON.parse(stdout) as {
      bomFormat: string;
      components: { name: string; properties: { name: string; value: string }[] }[];
    };
    // A package may be there twice: the product's own version, and another one that only a tool needs.
    const isInProduction = (name: string): boolean =>
      components.some(
        (component) =>
          component.name === name &&
          !component.properties.some((property) => property.name === "cdx:npm:package:development"),
      );
    expect(bomFormat).to.equal("CycloneDX");
    for (const name of Object.keys(manifest.dependencies)) expect(isInProduction(name), name).to.equal(true);
    for (const name of Object.keys(manifest.devDependencies))
      expect(isInProduction(name), name).to.equal(false);
  }).timeout(60_000);
});
