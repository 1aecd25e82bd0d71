import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { agentConfigSchema } from "../../agent/config.ts";
import { cloudConfigSchema } from "../../cloud/config/config.ts";
import { policySchema } from "../../shared/api/policy.ts";
import { ERROR_CODES, ERRORS } from "../../shared/errors.ts";
import { agentFrameSchemas, cloudFrameSchemas } from "../../shared/protocol/frames.ts";
import { files, read, root } from "./sources.ts";

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly classification?: string;
}

/** The keys of a schema with all that stand above them: `directory`, `directory.bind`, `directory.bind.dn`. */
function pathsOf(node: Node, prefix = ""): string[] {
  const inner = [node.items, ...(node.anyOf ?? [])].flatMap((below) =>
    below === undefined ? [] : pathsOf(below, prefix),
  );
  const own = Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = prefix + name;
    // A secret's value stands in a file; the configuration names the file.
    return [key, `${key}File`, ...pathsOf(child, `${key}.`)];
  });
  return [...own, ...inner];
}

const keys = new Set(
  [agentConfigSchema, cloudConfigSchema, policySchema].flatMap((schema) =>
    pathsOf(z.toJSONSchema(schema as z.ZodType, { io: "input", unrepresentable: "any" }) as Node),
  ),
);
const firstWords = new Set([...keys].map((key) => key.split(".")[0]));
const FILE = /\.(ts|js|json|ya?ml|md|lua|key|log|sock|css|png|conf|service|example|test|com)$/;

/** Every `word.word` that begins like a key of a configuration or a policy. */
const named = (text: string): string[] =>
  [...text.matchAll(/(?<![\w./@<-])[a-z][A-Za-z]*(?:\.[a-z][A-Za-z]*)+(?![\w(/@-]|\.…)/g)]
    .map(([word]) => word)
    .filter((word) => firstWords.has(word.split(".")[0]) && !FILE.test(word));

/** Names of log events and audit actions look the same, but stand in the sources as they are. */
const events = new Set(
  files.flatMap((file) => [...read(file).matchAll(/"([a-z_]+(?:\.[a-z_]+)+)"/g)].map(([, event]) => event)),
);

/** The sentences in a source: texts for errors, commands and doctor. Code such as `config.directory` is none. */
const sentencesOf = (source: string): string =>
  [
    ...source
      .replace(/\/\*[^]*?\*\/|\/\/ .*/g, "")
      .matchAll(/"((?:[^"\\\n]|\\.)* (?:[^"\\\n]|\\.)*)"|(?<!html)`((?:[^`\\]|\\.)*)`/g),
  ]
    .map(([, quoted = "", template = ""]) => quoted + template.replace(/\$\{[^}]*\}/g, "…"))
    .join("\n");

const pages = ["", "docs/"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => folder + name),
);
const texts = new Map([
  ...ERROR_CODES.map((code) => [code, `${ERRORS[code].meaning} ${ERRORS[code].fix}`] as const),
  ...pages.map((file) => [file, read(file)] as const),
  ...files
    .filter((file) => /^(agent|cloud|cli|shared)\//.test(file) && !file.includes("/views/"))
    .map((file) => [file, sentencesOf(read(file))] as const),
]);

describe("configuration keys in error texts and documents", () => {
  it("exist in a schema", () => {
    const unknown = [...texts].flatMap(([where, text]) =>
      named(text)
        .filter(
          (word) => ![keys, events, agentFrameSchemas, cloudFrameSchemas].some((known) => known.has(word)),
        )
        .map((word) => `${where}: ${word}`),
    );

    expect([...new Set(unknown)]).to.deep.equal([]);
  });
});
