import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../../../lab/program.ts";
import { waitFor } from "../../support/wait-for.ts";

describe("a test run that is told to stop", function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "latchkey-stopped-run-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  for (const signal of ["SIGTERM", "SIGHUP"] as const)
    it(`by ${signal} stops its servers, leaves no folder, and is not green`, async () => {
      const run = spawn(
        process.execPath,
        ["--import", "tsx", "node_modules/mocha/lib/cli/cli.js", "test/integration/cloud/sync/runs.test.ts"],
        { cwd: ROOT, env: { ...process.env, TMPDIR: folder } },
      );
      let printed = "";
      run.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
      const ended = once(run, "close");
      await waitFor("the first test to pass", () => printed.includes("✔"), { timeoutMs: 60_000 });

      run.kill(signal);

      expect(await ended).to.deep.equal([130, null]);
      expect((await readdir(folder)).filter((name) => name.startsWith("latchkey-"))).to.deep.equal([]);
    });
});
