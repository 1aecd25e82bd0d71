import { expect } from "chai";
import { createProgram } from "../../../../agent/commands/program.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { runCommand } from "../../../../shared/command.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { bufferedIo } from "../../../support/command-io.ts";

async function run(...args: string[]) {
  const io = bufferedIo();
  const program = createProgram({
    io,
    clock: systemClock,
    createLog: () => silentLogger,
    untilSignal: () => Promise.resolve(),
    crash: undefined,
  });
  const exit = await runCommand(program, ["node", "latchkey-agent", ...args], io);
  return { exit, out: io.out, err: io.err };
}

describe("latchkey-agent", () => {
  for (const command of [["enroll"], ["run"], ["sync"], ["status"], ["doctor"], ["brake", "release"]])
    it(`has help with an example for ${command.join(" ")}`, async () => {
      const { exit, out } = await run(...command, "--help");

      expect(exit).to.equal(0);
      expect(out).to.contain("--json").and.to.contain("--config").and.to.contain("Example");
    });

  it("makes a filter of breached passwords without a configuration", async () => {
    const { exit, out } = await run("breached", "build", "--help");

    expect(exit).to.equal(0);
    expect(out).to.contain("--json").and.to.contain("--false-positives").and.to.contain("Example");
    for (const share of ["0", "1", "much"])
      expect(
        (await run("breached", "build", "--from", "a", "--to", "b", "--false-positives", share)).exit,
      ).to.equal(2);
  });

  it("refuses a policy that does not exist, naming those that do", async () => {
    const { exit, err } = await run("sync", "--policy", "everything");

    expect(exit).to.equal(2);
    expect(err).to.contain("delta").and.to.contain("initial");
  });

  it("takes a token from a file only", async () => {
    expect((await run("enroll", "--token", "lk1.x")).exit).to.equal(2);
    expect((await run("enroll")).err).to.contain("--token-file");
  });
});
