import { expect } from "chai";
import { Command } from "commander";
import { CommandEnd, printTable, runCommand, startProgressLine } from "../../../shared/command.ts";
import { AppError, ERRORS } from "../../../shared/errors.ts";
import { printable } from "../../../shared/printable.ts";
import { bufferedIo } from "../../support/command-io.ts";

async function run(args: readonly string[], act: () => unknown = () => undefined) {
  const io = bufferedIo();
  const program = new Command("program").version("1.2.3");
  program
    .command("work")
    .option("--json")
    .requiredOption("--name <name>")
    .action(async () => {
      await act();
    });
  const exit = await runCommand(program, ["node", "program", ...args], io);
  return { exit, out: io.out, err: io.err };
}
const fail = (error: Error) => () => {
  throw error;
};

describe("runCommand", () => {
  const work = ["work", "--name", "x"];
  const cases: [string, string[], () => unknown, number][] = [
    ["0 when done", work, () => undefined, 0],
    ["0 for --help", ["work", "--help"], () => undefined, 0],
    ["0 for --version", ["--version"], () => undefined, 0],
    ["1 for what nobody expected", work, fail(new TypeError("x is not a function")), 1],
    ["2 for an unknown option", [...work, "--bogus"], () => undefined, 2],
    ["2 for a missing option", ["work"], () => undefined, 2],
    ["2 for an unknown command", ["play"], () => undefined, 2],
    ["2 for no command at all", [], () => undefined, 2],
    ["2 for a wrong configuration", work, fail(new AppError("CONFIG_INVALID")), 2],
    ["3 for what may work later", work, fail(new AppError("CLOUD_UNREACHABLE")), 3],
    ["4 for a refusal", work, fail(new AppError("AGENT_REVOKED")), 4],
    ["what the command itself ends with", work, fail(new CommandEnd(4)), 4],
  ];
  for (const [name, args, act, exit] of cases)
    it(`ends with ${name}`, async () => {
      expect((await run(args, act)).exit).to.equal(exit);
    });

  it("prints what failed and what to do on stderr", async () => {
    const { out, err } = await run(work, fail(new AppError("AGENT_OFFLINE", "Nobody is there.")));

    expect(out).to.equal("");
    expect(err).to.equal(`Nobody is there.\n${ERRORS.AGENT_OFFLINE.fix} [AGENT_OFFLINE]\n`);
  });

  it("prints errors as JSON with --json", async () => {
    const error = new AppError("USER_AMBIGUOUS", "Two.", { details: { candidates: ["a", "b"] } });
    const { err } = await run([...work, "--json"], fail(error));

    expect(JSON.parse(err)).to.deep.equal({
      code: "USER_AMBIGUOUS",
      message: "Two.",
      fix: ERRORS.USER_AMBIGUOUS.fix,
      details: { candidates: ["a", "b"] },
    });
  });

  it("points to --help after a usage error", async () => {
    const { err } = await run([...work, "--bogus"]);

    expect(err).to.contain("--bogus").and.to.contain("--help");
  });
});

describe("printTable", () => {
  it("prints plain columns that can be cut and grepped", () => {
    const io = bufferedIo();

    printTable(
      io,
      ["id", "name", "n"],
      [
        ["1", "Jane Doe", 12],
        ["22", null, true],
      ],
    );

    expect(io.out).to.equal("id  name      n\n1   Jane Doe  12\n22  -         true\n");
  });

  it("lets no text from a directory control the terminal", () => {
    const io = bufferedIo();

    printTable(io, ["name"], [["a\u001b[2Jb\nc\u202ed"]]);

    expect(io.out).to.equal("name\na�[2Jb�c�d\n");
    expect(printable("Zoë 😀 שלום")).to.equal("Zoë 😀 שלום");
  });
});

describe("startProgressLine", () => {
  it("overwrites one line on a terminal", () => {
    const io = bufferedIo({ isTty: true });
    const line = startProgressLine(io);

    line.show("read 1");
    line.show("read 2");
    line.clear();

    expect(io.out).to.equal("\r\u001b[Kread 1\r\u001b[Kread 2\r\u001b[K");
  });

  it("prints nothing when stdout is not a terminal", () => {
    const io = bufferedIo();

    startProgressLine(io).show("read 1");

    expect(io.out).to.equal("");
  });
});
