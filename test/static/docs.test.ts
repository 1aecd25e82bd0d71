import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { en as registration } from "../../cloud/portal/registration/texts/en.ts";
import { en } from "../../cloud/portal/texts/en.ts";
import { ERROR_CODES } from "../../shared/errors.ts";
import { agentFrameSchemas, cloudFrameSchemas } from "../../shared/protocol/frames.ts";
import { read, root } from "./sources.ts";

const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].concat(
  readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
);

describe("documents", () => {
  it("show a valid example of every frame", () => {
    const examples = [...read("docs/protocol.md").matchAll(/```json\n(.*?)\n```/gs)].map(
      ([, text]) => JSON.parse(text ?? "") as { type: string },
    );

    const invalid = examples.filter(({ type }, index) => {
      const schema = agentFrameSchemas.get(type) ?? cloudFrameSchemas.get(type);
      return schema?.safeParse(examples[index]).success !== true;
    });

    expect(invalid.map(({ type }) => type)).to.deep.equal([]);
    expect(new Set(examples.map(({ type }) => type))).to.deep.equal(
      new Set([...agentFrameSchemas.keys(), ...cloudFrameSchemas.keys()]),
    );
  });

  it("list no error that nothing gives", () => {
    const sources = ["agent", "cloud", "cli", "shared"]
      .flatMap((room) =>
        readdirSync(join(root, room), { recursive: true, encoding: "utf8" }).map((file) => `${room}/${file}`),
      )
      .filter((file) => /\.(ts|lua)$/.test(file) && file !== "shared/errors.ts")
      .map(read)
      .join("\n");

    expect(ERROR_CODES.filter((code) => !new RegExp(`\\b${code}\\b`).test(sources))).to.deep.equal([]);
  });

  it("quote what people read on the portals as it is there", () => {
    const screens = JSON.stringify({ texts: en, registration }, (_, value: unknown) =>
      typeof value === "function" ? Function.prototype.toString.call(value) : value,
    );
    const quotes = [...read("docs/portal.md").matchAll(/“([^”]+)”/g)].map(([, quote]) => quote ?? "");

    expect(quotes).to.have.length.greaterThan(20);
    expect(quotes.filter((quote) => !screens.includes(quote))).to.deep.equal([]);
  });

  it("link only to files that are there", () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, target]) => target ?? "")
        .filter((target) => !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page} -> ${target}`),
    );

    expect(broken).to.deep.equal([]);
  });

  it("name only files and folders that exist", () => {
    const missing = ["ARCHITECTURE.md", "CONTRIBUTING.md"].flatMap((page) =>
      [
        ...read(page).matchAll(
          /(?<![\w/.-])(?:agent|cloud|cli|web|shared|lab|demo|bench|docs|tools|test)\/[\w./-]*\w/g,
        ),
      ]
        .map(([path]) => path)
        .filter((path) => !existsSync(join(root, path)))
        .map((path) => `${page}: ${path}`),
    );

    expect(missing).to.deep.equal([]);
  });

  it("keep ARCHITECTURE.md below 250 lines", () => {
    expect(read("ARCHITECTURE.md").split("\n")).to.have.length.below(250);
  });

  it("name only npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const unknown = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run ([a-z0-9:]+)/g)]
        .map(([, name]) => name ?? "")
        .filter((name) => !(name in scripts))
        .map((name) => `${page}: npm run ${name}`),
    );

    expect(unknown).to.deep.equal([]);
  });
});
