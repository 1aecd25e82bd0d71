import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { ROOT } from "../../lab/program.ts";
import { waitFor } from "../support/wait-for.ts";

const PACKAGE = join(ROOT, "package.json");
const packageSchema = z.object({ scripts: z.object({ demo: z.string() }) });

interface Demo {
  readonly child: ChildProcessWithoutNullStreams;
  /** Everything printed so far. */
  readonly said: () => string;
  /** Exit code. */
  readonly ended: Promise<number | null>;
}

describe("npm run demo", function () {
  this.timeout(480_000); // the first run provisions a domain
  const running = new Set<Demo>();

  function start(...args: string[]): Demo {
    // Runs the script that npm runs, in a process group of its own like in a terminal: Ctrl-C goes to the whole group.
    const script = packageSchema.parse(JSON.parse(readFileSync(PACKAGE, "utf8"))).scripts.demo;
    return watch(spawn("sh", ["-c", [script, ...args].join(" ")], { cwd: ROOT, detached: true }));
  }
  function watch(child: ChildProcessWithoutNullStreams): Demo {
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (part: string) => (text += part));
    const ended = once(child, "close").then(([code]) => code as number | null);
    const demo = { child, said: () => text, ended };
    running.add(demo);
    void ended.then(() => running.delete(demo));
    return demo;
  }
  const signalGroup = ({ child }: Demo, signal: NodeJS.Signals): void => {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  };
  afterEach(async () => {
    // Needed only after a failure. Not SIGKILL: the demo must stop what it has started.
    for (const demo of running) {
      signalGroup(demo, "SIGINT");
      await demo.ended;
    }
  });

  it("runs to its end and exits with 0, on OpenLDAP, Active Directory and 389 Directory Server", async () => {
    for (const directory of ["openldap", "samba-ad", "389-ds"]) {
      const { ended, said } = start("--check", "--directory", directory);
      expect(await ended, said()).to.equal(0);
      expect(said()).to.contain("PASSWORD_TOO_SHORT").and.to.contain("All checks passed.");
      // npm test requires a real browser.
      expect(said()).to.match(/opens the portal \(Chromium \d+, 390 pixels wide\)/);
    }
  });

  it("prints its usage for unknown arguments", async () => {
    const { ended, said } = start("--directory", "notes");
    expect(await ended).to.equal(2);
    expect(said()).to.contain("[--directory openldap|samba-ad|389-ds] [--check]");
  });

  it("keeps running; its printed commands work; Ctrl-C leaves nothing behind", async () => {
    const demo = start();
    await waitFor("the invitation", () => demo.said().includes("Logs: ") || demo.child.exitCode !== null, {
      timeoutMs: 90_000,
    });
    const lines = demo
      .said()
      .split("\n")
      .map((line) => line.trim().replace(/ +# .*$/, ""));
    /** Finds the last printed line that begins like this. */
    const printed = (beginning: string): string => {
      const line = lines.findLast((candidate) => candidate.startsWith(beginning));
      if (line === undefined) throw new Error(`nothing printed begins with ${beginning}:\n${demo.said()}`);
      return line;
    };
    for (const [what, says] of [
      ["The portal", /<main/],
      ["Codes and emails", /Your password was reset/],
    ] as const)
      expect(await (await fetch(printed(what).slice(what.length).trim())).text()).to.match(says);
    const environmentFile = printed(". /").slice(2);
    const folder = dirname(environmentFile);
    const type = (line: string): Promise<string> => bash(`. ${environmentFile}\n${line}`);

    expect(await type(printed("latchkey user search"))).to.contain("amelie");
    await type(printed("printf "));
    // Usually the directory has notified of the change, and another run has brought it already.
    expect(await type(printed("latchkey sync start"))).to.match(/state +done/);
    expect(await type(printed("latchkey user show"))).to.match(/mobile +\+32 470998877/);

    const password = "Typed-by-a-Tester-1";
    const passwordFile = join(folder, "typed-password");
    await writeFile(passwordFile, password, { mode: 0o600 });
    const reset = await type(`${printed("latchkey writeback reset")} --password-file ${passwordFile}`);
    expect(reset).to.match(/state +applied/);
    const whoami = printed("ldapwhoami").replace(/-W$/, `-w ${password}`);
    expect(await type(whoami)).to.match(/^dn:uid=amelie/);
    expect(await type(printed("latchkey-agent status"))).to.match(/link +ready/);
    expect(await type(printed("latchkey-agent doctor"))).to.contain(" 0 failed");
    const directoryFolder = dirname(await type('printf %s "$LDAPTLS_CACERT"'));
    expect(existsSync(directoryFolder)).to.equal(true);

    signalGroup(demo, "SIGINT");

    expect(await demo.ended, demo.said()).to.equal(0);
    expect(existsSync(folder)).to.equal(false);
    expect(existsSync(directoryFolder)).to.equal(false);
    expect(await processesThatName(folder, directoryFolder)).to.deep.equal([]);
  });

  it("leaves nothing running when only npm is told to stop", async () => {
    const mark = `LATCHKEY_TEST_RUN=${randomUUID()}`;
    const [name = "", value = ""] = mark.split("=");
    const demo = watch(
      spawn("npm", ["run", "demo"], { cwd: ROOT, detached: true, env: { ...process.env, [name]: value } }),
    );
    // The agent is connected and the story has begun: every server of the demo runs.
    await waitFor(
      "the story",
      () => demo.said().includes("The agent synced") || demo.child.exitCode !== null,
      {
        timeoutMs: 90_000,
      },
    );
    expect(await processesWithEnvironment(mark)).to.have.length.above(4);

    demo.child.kill("SIGTERM");

    // npm waits for the program it runs, which ends after its servers.
    await demo.ended;
    expect(await processesWithEnvironment(mark), demo.said()).to.deep.equal([]);
  });
});

/** Runs a script and returns its output. Throws with the output when it fails. */
function bash(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", script], (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${script}\n${stdout}${stderr}`, { cause: error }));
    });
  });
}

/** Lists the command lines of processes with this variable, which children inherit. */
async function processesWithEnvironment(variable: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""); // it ended meanwhile
    if (environment.split("\0").includes(variable))
      found.push((await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " "));
  }
  return found;
}

async function processesThatName(...paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""); // it ended meanwhile
    if (paths.some((path) => commandLine.includes(path))) found.push(commandLine.replaceAll("\0", " "));
  }
  return found;
}
