import { expect } from "chai";
import { z } from "zod";
import { agentConfigSchema } from "../../../agent/config.ts";
import { cloudConfigSchema } from "../../../cloud/config/config.ts";
import { ERRORS } from "../../../shared/errors.ts";

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

/** `directory`, `directory.bases`, `directory.bases.dn`, … */
const keysOf = ({ properties = {}, items }: Node, prefix = ""): string[] => [
  ...Object.entries(properties).flatMap(([name, node]) => [
    prefix + name,
    ...keysOf(node, `${prefix}${name}.`),
  ]),
  ...(items === undefined ? [] : keysOf(items, prefix)),
];
const keys = new Set(
  [agentConfigSchema, cloudConfigSchema].flatMap((schema) =>
    keysOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as unknown as Node),
  ),
);
const groups = [...keys].filter((key) => !key.includes("."));

describe("the error table", () => {
  it("names only configuration keys that exist", () => {
    const named = Object.values(ERRORS).flatMap(({ meaning, fix }) => [
      ...`${meaning} ${fix}`.matchAll(new RegExp(`\\b(?:${groups.join("|")})\\.[a-zA-Z.]*[a-zA-Z]`, "g")),
    ]);
    expect(named).to.have.length.above(10);
    expect([...keys]).to.include.members(named.map(([key]) => key));
  });

  it("says what failed and what to do in whole sentences", () => {
    for (const [code, { meaning, fix }] of Object.entries(ERRORS)) {
      expect(meaning, code).to.match(/^[A-Z].*\.$/);
      expect(fix, code).to.match(/^[A-Z]/);
    }
  });
});
