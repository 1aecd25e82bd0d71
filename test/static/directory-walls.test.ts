import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect } from "chai";
import ts from "typescript";

const root = join(import.meta.dirname, "../..");
const HOME = "agent/directory/";

/** The rooms of agent/directory from the top down. A file may import from its own room and from those below it. */
const ROOMS: readonly (readonly string[])[] = [
  ["create-directory.ts"],
  ["checks/"],
  ["passwords/"],
  ["directory-context.ts"],
  ["feeds/"],
  ["entries/"],
  ["ldap/"],
  ["directory.ts", "refuse-ldap-debugging.ts"],
];

/** All that the rest of the agent may import. */
const ENTRANCES: readonly string[] = [
  "create-directory.ts",
  "directory.ts",
  // A condition of every start of the agent, checked before anything else is loaded.
  "refuse-ldap-debugging.ts",
  // DNs in `writeback.deny` and in the cloud's questions about groups are compared by the same rule as everywhere.
  "ldap/dn.ts",
  // Phone numbers, addresses and display names of an entry are read by the same rules as its login names.
  "entries/read-text.ts",
  "entries/read-values.ts",
];

const files = readdirSync(join(root, "agent"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => join("agent", file));

/** Every import of one file from another of agent/, imports of types included, as paths from the root. */
const imports = files.flatMap((file) =>
  ts
    .preProcessFile(readFileSync(join(root, file), "utf8"), true, true)
    .importedFiles.map((imported) => imported.fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => ({ file, target: relative(root, join(root, dirname(file), name)) })),
);
const isInside = (file: string): boolean => file.startsWith(HOME);

function floorOf(file: string): number {
  const place = file.slice(HOME.length);
  return ROOMS.findIndex((room) =>
    room.some((name) => place === name || (name.endsWith("/") && place.startsWith(name))),
  );
}

describe("the walls of agent/directory", () => {
  it("have a room for every file", () => {
    expect(files.filter((file) => isInside(file) && floorOf(file) === -1)).to.deep.equal([]);
  });

  it("let no import run up, types included", () => {
    const wrong = imports.filter(
      ({ file, target }) => isInside(file) && isInside(target) && floorOf(target) < floorOf(file),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("let the rest of the agent in at the entrances only", () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        !isInside(file) && isInside(target) && !ENTRANCES.includes(target.slice(HOME.length)),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("let agent/directory import nothing of the agent but its configuration", () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        isInside(file) && target.startsWith("agent/") && !isInside(target) && target !== "agent/config.ts",
    );

    expect(wrong).to.deep.equal([]);
  });
});
