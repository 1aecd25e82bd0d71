import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createProgram } from "../../../cli/program.ts";
import { runCommand } from "../../../shared/command.ts";
import { newId } from "../../../shared/ids.ts";
import { bufferedIo } from "../../support/command-io.ts";

const SECRET = "Bq7_".repeat(11).slice(0, 43);
const KEY = `lkk_${newId()}_${SECRET}`;

describe("the API key of the latchkey command", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "latchkey-cli-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  async function latchkey(environment: Record<string, string>, argv: readonly string[] = ["tenant", "list"]) {
    const io = bufferedIo({ environment: { LATCHKEY_URL: "http://127.0.0.1:1", ...environment } });
    const program = createProgram(Object.assign(io, { stdin: { isTTY: false } as never }));
    const exit = await runCommand(program, ["node", "latchkey", ...argv], io);
    return { exit, err: io.err };
  }

  async function keyFile(text: string): Promise<string> {
    const file = join(directory, newId());
    await writeFile(file, text, { mode: 0o600 });
    return file;
  }

  const FILES: readonly (readonly [string, string])[] = [
    ["a name before it and a comment after it", `key: ${KEY}\n# made on Monday\n`],
    ["a name before it", `key: ${KEY}\n`],
    ["quotation marks around it", `"${KEY}"\n`],
    ["a space after it", `${KEY} \n`],
    ["a control character inside it", KEY.replace("_", "\u0001_")],
    ["another key in the same line", `${KEY} ${KEY}`],
    ["a header around it", `Authorization: Bearer ${KEY}`],
  ];
  for (const [name, text] of FILES)
    it(`is in no error when its file has ${name} (operate.md T2)`, async () => {
      const file = await keyFile(text);
      for (const argv of [
        ["tenant", "list"],
        ["tenant", "list", "--json"],
      ]) {
        const { exit, err } = await latchkey({ LATCHKEY_API_KEY_FILE: file }, argv);
        expect(exit).to.equal(2);
        expect(err).to.match(/does not hold an API key \(lkk_…\) alone|has more than one line/);
        expect(err).to.contain(file).and.not.contain(SECRET);
        expect(err, "it says what mends it")
          .to.contain("must contain the key alone")
          .and.not.contain("--help");
      }
    });

  it("is in no error when it stands where a file, an id, a command or an address belongs", async () => {
    const LATCHKEY_API_KEY_FILE = await keyFile(KEY);
    const places: [Record<string, string>, string[]][] = [
      [{ LATCHKEY_API_KEY_FILE: KEY }, ["tenant", "list"]],
      [{ LATCHKEY_API_KEY_FILE: `./${KEY}` }, ["tenant", "list"]],
      [{ LATCHKEY_API_KEY_FILE, LATCHKEY_URL: `http://admin:${KEY}@127.0.0.1:1` }, ["tenant", "list"]],
      [{ LATCHKEY_API_KEY_FILE, LATCHKEY_URL: `http://127.0.0.1:1/${KEY}` }, ["tenant", "list"]],
      [{ LATCHKEY_API_KEY_FILE }, ["key", "revoke", KEY, "--tenant", "x"]],
      [{ LATCHKEY_API_KEY_FILE }, [KEY]],
      [{ LATCHKEY_API_KEY_FILE }, ["tenant", "list", `--${KEY}`]],
    ];
    for (const [environment, argv] of places) {
      const { exit, err } = await latchkey(environment, argv);
      expect(exit, err).not.to.equal(0);
      expect(err, argv.join(" ")).not.to.contain(SECRET);
    }
  });
});
