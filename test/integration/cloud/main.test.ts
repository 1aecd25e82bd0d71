import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { Command } from "commander";
import { addInitCommand } from "../../../cloud/commands/init.ts";
import { runCommand } from "../../../shared/command.ts";
import { bufferedIo } from "../../support/command-io.ts";
import { runProgram } from "../../support/run-program.ts";

describe("latchkey-cloud", () => {
  let directory: string;
  let configFile: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "lk-"));
    configFile = join(directory, "cloud.yaml");
    await writeFile(
      configFile,
      [
        "publicUrl: http://127.0.0.1",
        "listen: 127.0.0.1:0",
        `dataDirectory: ${join(directory, "data")}`,
        "metrics: { listen: 127.0.0.1:0 }",
      ].join("\n"),
    );
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function init(...argv: string[]) {
    const io = bufferedIo();
    const program = new Command("latchkey-cloud");
    addInitCommand(program, io);
    const exit = await runCommand(
      program,
      ["node", "latchkey-cloud", "init", "--config", configFile, ...argv],
      io,
    );
    return { exit, out: io.out, err: io.err };
  }

  it("makes the keys once, and shows the owner's key once", async () => {
    const first = await init();
    const second = await init("--json");

    expect([first.exit, second.exit]).to.deep.equal([0, 0]);
    expect(first.out).to.match(/^lkk_[0-9A-Z]{26}_[A-Za-z0-9_-]{43}$/m);
    const facts = JSON.parse(second.out) as Record<string, unknown>;
    expect(facts).to.include({ created: false, ownerApiKey: null });
    expect(first.out).to.contain(facts["serviceKeyFingerprint"]);
  });

  it("writes the owner's key to a new file only", async () => {
    const file = join(directory, "owner.key");

    const first = await init("--api-key-file", file);
    const again = await init("--api-key-file", file, "--new-owner-key");

    expect(first.out).to.not.contain("lkk_");
    expect(await readFile(file, "utf8")).to.match(/^lkk_/);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect(again.exit).to.equal(2);
  });

  it("makes another owner's key when the first is lost", async () => {
    const first = await init();
    const second = await init("--new-owner-key");

    const key = /^lkk_.*$/m;
    expect(key.exec(second.out)?.[0]).to.be.a("string").and.to.not.equal(key.exec(first.out)?.[0]);
  });

  it("names every wrong key of its configuration, and ends with 2", async () => {
    await writeFile(configFile, "publicUrl: nowhere\nlisten: x\ncolour: red\n");

    const { exit, stderr } = await runProgram("cloud/main.ts", ["serve", "--config", configFile]);

    expect(exit).to.equal(2);
    for (const key of ["publicUrl", "listen", "colour"]) expect(stderr).to.contain(key);
  });

  it("ends when it cannot listen, and leaves no Redis behind", async () => {
    await init();
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const config = await readFile(configFile, "utf8");
    await writeFile(configFile, config.replace("listen: 127.0.0.1:0\n", `listen: 127.0.0.1:${port}\n`));

    const { exit, stderr } = await runProgram("cloud/main.ts", ["serve", "--config", configFile]);
    taken.close();

    expect(exit).to.equal(2);
    expect(stderr).to.contain(`port ${port} on 127.0.0.1 cannot be used: another program listens there`);
  }).timeout(20_000);

  it("serves with a private Redis until SIGTERM, and starts again where it stood", async () => {
    const ownerKey = join(directory, "owner.key");
    await init("--api-key-file", ownerKey);
    const key = (await readFile(ownerKey, "utf8")).trim();
    const call = (url: string, method: string, body?: object) =>
      fetch(`${url}/api/v1/tenants`, {
        method,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });

    const first = await serve();
    expect((await call(first.url, "POST", { id: "contoso", name: "Contoso" })).status).to.equal(201);
    expect(await first.stop()).to.equal(0);
    const second = await serve();
    const list = (await (await call(second.url, "GET")).json()) as { items: { id: string }[] };
    expect(await second.stop()).to.equal(0);

    expect(list.items.map(({ id }) => id)).to.deep.equal(["contoso"]);
  }).timeout(30_000);

  async function serve(): Promise<{ url: string; stop(): Promise<number | null> }> {
    const root = join(import.meta.dirname, "../../..");
    const child: ChildProcess = spawn(
      process.execPath,
      ["--import", "tsx", join(root, "cloud/main.ts"), "serve", "--config", configFile],
      { cwd: root, env: { PATH: process.env["PATH"] ?? "" }, stdio: ["ignore", "pipe", "inherit"] },
    );
    const gone = once(child, "exit") as Promise<[number | null]>;
    const started = new Promise<string>((resolve) => {
      if (child.stdout === null) throw new Error("no output");
      createInterface({ input: child.stdout }).on("line", (line) => {
        const entry = JSON.parse(line) as { message: string; url?: string };
        if (entry.message === "cloud.node.started" && entry.url !== undefined) resolve(entry.url);
      });
    });
    const url = await Promise.race([
      started,
      gone.then(([exit]) => Promise.reject(new Error(`it ended with ${String(exit)}`))),
    ]);
    return {
      url,
      async stop() {
        child.kill("SIGTERM");
        return (await gone)[0];
      },
    };
  }
});
