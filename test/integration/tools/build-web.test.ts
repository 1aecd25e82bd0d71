import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect } from "chai";
import { buildWeb } from "../../../tools/build-web.ts";

describe("build of the portals' scripts and styles", function () {
  this.timeout(120_000);

  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-web-"));
    buildWeb(folder);
  });
  after(() => rmSync(folder, { recursive: true }));
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  const manifest = (): Record<string, string> =>
    JSON.parse(read("manifest.json").toString()) as Record<string, string>;

  it("names each file after its content, and tells what it is called", () => {
    expect(manifest()).to.have.all.keys("portal.js", "portal.css", "icon.svg");
    expect(manifest()["portal.js"]).to.match(/^portal\.[A-Z0-9]{8}\.js$/);
    expect(manifest()["portal.css"]).to.match(/^portal\.[A-Z0-9]{8}\.css$/);
    expect(read(manifest()["portal.css"] ?? "").length).to.be.greaterThan(1_000);
  });

  it("compresses each file in both ways that browsers take", () => {
    const files = readdirSync(folder).filter((name) => /\.(?:js|css|svg)$/.test(name));
    expect(files.length).to.be.greaterThan(8);
    for (const file of files) {
      expect(brotliDecompressSync(read(`${file}.br`)).equals(read(file)), file).to.equal(true);
      expect(gunzipSync(read(`${file}.gz`)).equals(read(file)), file).to.equal(true);
    }
  });

  it("keeps what every page loads small", () => {
    const size = (name: string): number => read(`${manifest()[name] ?? ""}.br`).length;
    expect(size("portal.js")).to.be.below(3_000);
    expect(size("portal.css")).to.be.below(4_000);
  });

  it("touches nothing when nothing has changed", () => {
    const times = (): number[] => readdirSync(folder).map((name) => statSync(join(folder, name)).mtimeMs);
    const before = times();
    const start = performance.now();
    buildWeb(folder);

    expect(performance.now() - start).to.be.below(500);
    expect(times()).to.deep.equal(before);
  });

  it("has no address of another site in anything that runs or loads", () => {
    const scripts = readdirSync(folder).filter((name) =>
      /^(?:portal|captcha|seal|meter\.|show|waiting|count|keep)/.test(name),
    );
    const wrong = scripts
      .filter((name) => /\.(?:js|css)$/.test(name))
      .filter((name) => /https?:\/\//.test(read(name).toString()));
    expect(wrong).to.deep.equal([]);
  });
});
