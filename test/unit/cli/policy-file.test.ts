import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readPolicyFile } from "../../../cli/policy-file.ts";
import { policySchema } from "../../../shared/api/policy.ts";
import { AppError } from "../../../shared/errors.ts";

describe("readPolicyFile", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "latchkey-policy-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  async function read(text: string) {
    const file = join(directory, "policy.yaml");
    await writeFile(file, text);
    return readPolicyFile(file);
  }

  /** The lines below the first of the message. */
  async function problemsOf(text: string): Promise<string[]> {
    try {
      await read(text);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "POLICY_INVALID") throw error;
      return error.message
        .split("\n")
        .slice(1)
        .map((line) => line.trim());
    }
    throw new Error("it is valid");
  }

  it("fills in what a file leaves out", async () => {
    expect(await read("scope: all\ngroups:\nprivileged:\n  groups:\n")).to.deep.equal(
      policySchema.parse({ scope: "all" }),
    );
    expect(await read("")).to.deep.equal(policySchema.parse({}));
    expect(await read('{ "scope": "all" }')).to.include({ scope: "all" });
  });

  it("names every fault with its path and line, in the order of the file", async () => {
    const problems = await problemsOf(
      [
        "# who may reset",
        "scope: everybody",
        "default:",
        "  methods:",
        "    - text",
        "    - pigeon",
        "  unlock: perhaps",
        "groups:",
        "  - group: CN=Staff",
        "    rules:",
        "      method: [text]",
      ].join("\n"),
    );

    expect(problems).to.have.length(5);
    expect(problems[0]).to.match(/^line 2: scope: must be one of: none, groups, all, not everybody$/);
    expect(problems[1]).to.match(/^line 6: default\.methods\.1: must be one of: text, .*, not pigeon$/);
    expect(problems[2]).to.equal("line 7: default.unlock: must be true or false");
    expect(problems[3]).to.equal("line 9: groups.0.name: is missing");
    expect(problems[4]).to.equal("line 11: groups.0.rules.method: is not a known key");
  });

  it("reports rules that contradict each other", async () => {
    expect(await problemsOf("scope: all\nprivileged:\n  methods: [text]\n")).to.deep.equal([
      "line 3: privileged.methods: must list two different methods for privileged accounts; " +
        "text and call count as one, because both reach the mobile phone",
    ]);
  });

  for (const [what, text, line] of [
    ["a bracket that stays open", "scope: all\ndefault: [\n", 3],
    ["a key twice", "scope: all\nscope: none\n", 2],
    ["two documents", "scope: all\n---\nscope: none\n", 2],
  ] as const)
    it(`reports the line of invalid YAML: ${what}`, async () => {
      const [problem] = await problemsOf(text);
      expect(problem).to.match(new RegExp(`^line ${line}: is not valid YAML: `));
    });

  it("refuses a YAML bomb of aliases", async () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (let level = 0; level < 8; level++)
      bomb.push(
        `${"bcdefghi"[level] ?? ""}: &${"bcdefghi"[level] ?? ""} [${`*${"abcdefgh"[level] ?? ""},`.repeat(9)}]`,
      );

    expect((await problemsOf(bomb.join("\n")))[0]).to.match(/is not valid YAML: .* too many/);
  });

  for (const text of ["just a sentence", "- a\n- b\n", "12"])
    it(`refuses '${text.trim()}' as a policy`, async () => {
      expect((await problemsOf(text))[0]).to.match(/^line 1: /);
    });

  it("reports a missing file", () => {
    expect(() => readPolicyFile("/no/such/file")).to.throw(AppError, "cannot be read");
  });
});
