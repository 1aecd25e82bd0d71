import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../../../lab/program.ts";
import { waitFor } from "../../support/wait-for.ts";

const REQUIRE = join(ROOT, "tools/require.js");
const STOPS_SLOWLY = `
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"])
    process.once(signal, () => setTimeout(() => { console.log("stopped after " + signal); process.exit(7); }, 300));
  setInterval(() => undefined, 1000);
  console.log("pid " + process.pid);
`;
const ENDS_BY_SIGNAL = `setInterval(() => undefined, 1000); console.log("pid " + process.pid);`;

describe("tools/require.js", () => {
  const running = new Set<number>();
  afterEach(() => {
    for (const pid of running)
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // The process has already ended, as it should.
      }
    running.clear();
  });

  /** Starts the command `node -e program` through tools/require.js, and resolves when the command runs. */
  async function start(program: string) {
    const child = spawn(process.execPath, [REQUIRE, "--", "node", "-e", program]);
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    const ended = once(child, "close").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    const pid = await waitFor("the command to run", () => /pid (\d+)/.exec(printed)?.[1]);
    for (const id of [Number(pid), child.pid ?? 0]) running.add(id);
    return { child, ended, pid: Number(pid), printed: () => printed };
  }

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
    it(`passes ${signal} on, waits for the command, and ends with its exit code`, async () => {
      const { child, ended, printed, pid } = await start(STOPS_SLOWLY);

      child.kill(signal);

      expect(await ended).to.deep.equal({ code: 7, signal: null });
      expect(printed()).to.contain(`stopped after ${signal}`);
      expect(() => process.kill(pid, 0)).to.throw(/ESRCH/);
    });

  it("ends by the signal that ended the command", async () => {
    const { child, ended } = await start(ENDS_BY_SIGNAL);

    child.kill("SIGTERM");

    expect(await ended).to.deep.equal({ code: null, signal: "SIGTERM" });
  });

  it("ends with the command's exit code when no signal comes", async () => {
    const child = spawn(process.execPath, [REQUIRE, "--", "node", "-e", "process.exit(3)"]);
    expect(await once(child, "close")).to.deep.equal([3, null]);
  });
});
