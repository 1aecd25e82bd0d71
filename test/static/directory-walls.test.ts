import { expect } from "chai";
import { files, localImports } from "./sources.ts";

const HOME = "agent/directory/";

/** All that the rest of the agent may import. */
const ENTRANCES: readonly string[] = [
  "create-directory.ts",
  "directory.ts",
  // A condition of every start of the agent, checked before anything else is loaded.
  "refuse-ldap-debugging.ts",
  // The agent refuses such passwords before it looks at the account, and the directory before it sends anything.
  "refuse-passwords.ts",
  // Phone numbers, addresses and display names of an entry are read by the same rules as its login names.
  "entries/read-text.ts",
  "entries/read-values.ts",
  // A sync run says in the same words as doctor why entries cannot be used.
  "entries/unusable-entries.ts",
];

const imports = [...localImports].flatMap(([file, targets]) =>
  file.startsWith("agent/") ? targets.map((target) => ({ file, target })) : [],
);
const isInside = (file: string): boolean => file.startsWith(HOME);

describe("the walls of agent/directory", () => {
  it("let the rest of the agent in at the entrances only", () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        !isInside(file) && isInside(target) && !ENTRANCES.includes(target.slice(HOME.length)),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("keep the bytes of LDAP inside agent/directory/ldap", () => {
    const bytes = ["ber-reader.ts", "decode.ts", "message-splitter.ts"].map((name) => `${HOME}ldap/${name}`);
    const wrong = imports.filter(
      ({ file, target }) => bytes.includes(target) && !file.startsWith(`${HOME}ldap/`),
    );

    expect(bytes.filter((file) => !files.includes(file))).to.deep.equal([]);
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
