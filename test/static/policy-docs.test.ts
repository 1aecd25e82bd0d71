import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { readPolicyFile } from "../../cli/policy-file.ts";
import { policySchema } from "../../shared/api/policy.ts";
import { METHODS } from "../../shared/methods.ts";
import { read, root } from "./sources.ts";

const page = read("docs/policy.md");

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

/** `default.number.trust`: every key that has no keys below it. */
const keysOf = (node: Node, path: readonly string[] = []): string[] =>
  Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const here = [...path, name];
    const below = child.properties === undefined ? (child.items ?? {}) : child;
    return below.properties === undefined ? [here.join(".")] : keysOf(below, here);
  });

/** What stands in the first column of a table. */
const rows = [...page.matchAll(/^\| `([A-Za-z_.]+)`/gm)].map(([, key]) => key ?? "");

describe("docs/policy.md", () => {
  it("explains every key of a policy and every method, and no other", () => {
    const schema = z.toJSONSchema(policySchema, { io: "input" }) as Node;
    // What a group may say are the keys of the default, explained there.
    const keys = keysOf(schema).filter((key) => !key.startsWith("groups.rules."));

    expect(rows).to.have.members([...keys, ...METHODS, "default", "groups", "groups.rules"]);
  });

  it("has an example that is valid and shows every part", () => {
    const example = readPolicyFile(join(root, "config/policy.example.yaml"));

    expect(example.groups).to.have.length.at.least(2);
    expect(example.privileged.methods).to.have.length.at.least(2);
    expect(example.default).to.deep.equal(policySchema.parse({}).default);
  });
});
