import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { freePort } from "../../../lab/free-port.ts";
import { directorySettings, prepareHost, startSyncNode } from "../../support/agent-host.ts";
import { bundleAgent } from "../../support/bundle-agent.ts";
import { waitFor } from "../../support/wait-for.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PROGRAM = ["--import", "tsx", "agent/main.ts"];
const OTHER_USER = 65_534;

describe("latchkey-agent, as a process", function () {
  this.timeout(160_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "latchkey-program-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const run = (
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    program: readonly string[] = PROGRAM,
  ): Promise<{ exit: number | null; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [...program, ...args],
        { cwd: ROOT, env: { ...process.env, ...environment } },
        (_error, stdout, stderr) => resolve({ exit: child.exitCode, stdout, stderr }),
      );
    });
  async function configFile(text: string): Promise<string> {
    const file = join(folder, "agent.yaml");
    await writeFile(file, text);
    return file;
  }
  const GOOD = `
cloud: { url: "https://cloud.example.com" }
stateDirectory: PLACE
directory:
  servers: ["ldaps://dc1.example.com"]
  bind: { dn: "cn=sync,dc=example", passwordFile: PLACE/password }
  bases: [{ dn: "ou=staff,dc=example" }]
`;
  async function goodFile(): Promise<string> {
    await writeFile(join(folder, "password"), "Passw0rd!");
    return configFile(GOOD.replaceAll("PLACE", folder));
  }

  it("names every wrong key at once and exits 2", async () => {
    const file = await configFile("cloud: { url: ftp://x }\ndirectory: { servers: [] }\ntypo: 1\n");

    const { exit, stderr } = await run(["run", "--config", file]);

    expect(exit).to.equal(2);
    for (const key of ["cloud.url", "directory.servers", "directory.bind", "directory.bases", "typo"])
      expect(stderr).to.contain(key);
  });

  it("takes the configuration file from the environment, and single keys too", async () => {
    const file = await goodFile();

    const { exit, stderr } = await run(["status", "--json"], {
      LATCHKEY_AGENT_CONFIG: file,
      LATCHKEY_AGENT_STATE_DIRECTORY: join(folder, "elsewhere"),
    });

    expect(exit).to.equal(3);
    expect(JSON.parse(stderr)).to.include({ code: "AGENT_NOT_RUNNING" });
    expect(stderr).to.contain("elsewhere");
  });

  describe("started by root", () => {
    let state: string;

    before(async function () {
      if (process.getuid?.() !== 0) this.skip();
      await chmod(folder, 0o755);
      state = join(folder, "of-another-user");
      await mkdir(state, { mode: 0o700 });
      await chown(state, OTHER_USER, OTHER_USER);
    });

    /** Runs the agent from one file in a folder of this test, since the other user may not enter the one of the sources. */
    async function runFrom(place: string): Promise<{ exit: number | null; error: unknown }> {
      const program = join(place, "agent.mjs");
      await bundleAgent(program);
      const { exit, stderr } = await run(
        ["run", "--json", "--config", await goodFile()],
        { LATCHKEY_AGENT_STATE_DIRECTORY: state },
        [program],
      );
      return { exit, error: JSON.parse(stderr) };
    }

    it("goes on as the owner of the state directory", async () => {
      const { exit, error } = await runFrom(folder);

      expect(error).to.include({ code: "AGENT_NOT_ENROLLED" }); // and not: belongs to another
      expect(exit).to.equal(2);
    });

    it("names the folder of the program that the owner cannot enter", async () => {
      const closed = join(folder, "of-root-alone");
      await mkdir(join(closed, "program"), { recursive: true });
      await chmod(closed, 0o700);

      const { exit, error } = await runFrom(join(closed, "program"));

      expect(exit).to.equal(2);
      expect(error).to.deep.include({
        code: "FOLDER_INACCESSIBLE",
        message: `User ${OTHER_USER} owns the state directory ${state} but cannot enter ${closed}, which holds this program.`,
        details: { folder: closed, user: OTHER_USER },
      });
    });

    it("names the folder above the state directory that the owner cannot enter", async () => {
      const closed = join(folder, "state-of-root-alone");
      state = join(closed, "state");
      await mkdir(state, { recursive: true });
      await chmod(closed, 0o700);
      await chown(state, OTHER_USER, OTHER_USER);

      const { exit, error } = await runFrom(folder);

      expect(exit).to.equal(2);
      expect(error).to.deep.include({
        code: "FOLDER_INACCESSIBLE",
        details: { folder: closed, user: OTHER_USER },
      });
    });
  });

  it("refuses to run where passwords would be printed", async () => {
    const { exit, stderr } = await run(["status", "--config", await goodFile()], { NODE_DEBUG: "ldapts" });

    expect(exit).to.equal(2);
    expect(stderr).to.contain("NODE_DEBUG");
  });

  it("runs until SIGTERM, logs JSON only, and ends with 0", async () => {
    const node = await startSyncNode();
    const account = { dn: "cn=sync,dc=lab", password: "Canary-Passw0rd!" };
    const settings = await directorySettings(folder, {
      url: `ldaps://127.0.0.1:${await freePort()}`,
      peopleDn: "ou=people,dc=lab",
      syncAccount: account,
      writebackAccount: account,
    });
    const host = await prepareHost({ cloudUrl: node.gateway.url, directory: settings });
    try {
      const tokenFile = await host.writeToken(await node.gateway.newToken(node.tenantId));
      await host.run("enroll", "--token-file", tokenFile);
      const child = spawn(process.execPath, [...PROGRAM, "run", "--config", host.configFile], { cwd: ROOT });
      let log = "";
      child.stdout.on("data", (text: Buffer) => (log += text.toString()));
      await waitFor("the link", () => log.includes('"link.ready"'), { timeoutMs: 30_000 });

      child.kill("SIGTERM");
      const [exit] = (await once(child, "close")) as [number | null];

      expect(exit).to.equal(0);
      const events = log
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { message: string }).message);
      expect(events).to.include("agent.started").and.to.include("process.stopped");
      expect(log).not.to.contain("Canary");
    } finally {
      await host.close();
      await node.close();
    }
  });
});
