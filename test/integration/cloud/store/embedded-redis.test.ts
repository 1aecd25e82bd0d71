import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Redis } from "ioredis";
import { startEmbeddedRedis } from "../../../../cloud/store/embedded-redis.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { CloseStack } from "../../../../shared/shutdown.ts";
import { rejection } from "../../../support/rejection.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("the embedded Redis", () => {
  let dataDirectory: string;
  let open: CloseStack;
  beforeEach(async () => {
    open = new CloseStack();
    dataDirectory = await mkdtemp(join(tmpdir(), "latchkey-embedded-"));
  });
  afterEach(async () => {
    await open.close();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  const socket = (): string => join(dataDirectory, "redis", "redis.sock");
  const start = async (program = "redis-server") =>
    open.add(await startEmbeddedRedis({ program, dataDirectory, log: silentLogger }));

  function client(): Redis {
    const redis = new Redis({ path: socket(), maxRetriesPerRequest: null, retryStrategy: () => 25 });
    redis.on("error", () => undefined); // the test kills the server
    open.defer(() => redis.disconnect());
    return redis;
  }
  const pidOf = async (redis: Redis): Promise<number> =>
    Number(/process_id:(\d+)/.exec(await redis.info("server"))?.[1]);
  /** Checks whether a process is running. A killed process is still listed as a zombie until its parent has waited for it. */
  const isAlive = async (pid: number): Promise<boolean> => {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "State: gone");
    return !/^State:\s*(?:gone|Z|X)/m.test(status);
  };

  it("starts on a socket only its owner can use, writes every change to disk and evicts nothing", async () => {
    const { connection } = await start();
    const redis = client();

    expect(connection).to.deep.equal({ path: socket() });
    expect((await stat(join(dataDirectory, "redis"))).mode & 0o777).to.equal(0o700);
    expect((await stat(socket())).mode & 0o777).to.equal(0o700);
    const setting = async (name: string): Promise<string> =>
      ((await redis.config("GET", name)) as [string, string])[1];
    expect(await setting("appendfsync")).to.equal("always");
    expect(await setting("appendonly")).to.equal("yes");
    expect(await setting("maxmemory-policy")).to.equal("noeviction");
    expect(await setting("port")).to.equal("0");
  });

  it("restarts with all data when it is killed, and ends when it is closed", async () => {
    const embedded = await start();
    const redis = client();
    await redis.set("kept", "yes");
    const first = await pidOf(redis);

    process.kill(first, "SIGKILL");
    expect(await redis.get("kept")).to.equal("yes");
    const second = await pidOf(redis);
    expect(second).not.to.equal(first);
    redis.disconnect();
    await embedded.close();
    await embedded.close();

    expect(await isAlive(second)).to.equal(false);
    await start();
    expect(await client().get("kept")).to.equal("yes");
  });

  it("never runs two servers on the same files when only its keeper is killed", async () => {
    await start();
    const redis = client();
    const first = await pidOf(redis);
    const status = await readFile(`/proc/${first}/status`, "utf8");
    const keeper = Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1]);

    process.kill(keeper, "SIGKILL");

    await waitFor("a new server", async () => (await pidOf(redis)) !== first);
    expect(await isAlive(first)).to.equal(false);
  });

  it("ends with its process, however that ends, and leaves the data to the next one", async () => {
    const host = spawn(
      process.execPath,
      [
        "--import",
        "tsx",
        join(import.meta.dirname, "../../../support/embedded-redis-host.ts"),
        dataDirectory,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(host.stdout, "data");
    const redis = client();
    await redis.set("kept", "yes");
    const pid = await pidOf(redis);
    redis.disconnect();

    host.kill("SIGKILL");
    await once(host, "exit");
    await start(); // start() itself waits for the orphan

    expect(await isAlive(pid)).to.equal(false);
    expect(await client().get("kept")).to.equal("yes");
  });

  it("reports REDIS_MISSING when the program is missing, too old or not redis-server", async () => {
    const program = join(dataDirectory, "redis-server");
    expect(await rejection(start(program))).to.include({ code: "REDIS_MISSING" });
    for (const version of ["Redis server v=6.2.14 sha=0:0", "hello"]) {
      await writeFile(program, `#!/bin/sh\necho '${version}'\n`);
      await chmod(program, 0o755);
      expect(await rejection(start(program)), version).to.include({ code: "REDIS_MISSING" });
    }
  });

  it("reports why the server does not start", async () => {
    const program = join(dataDirectory, "redis-server");
    await writeFile(
      program,
      `#!/bin/sh\nif [ "$1" = --version ]; then echo 'v=7.0.0'; else echo 'disk is full'; exit 1; fi\n`,
    );
    await chmod(program, 0o755);

    const error = await rejection(start(program));

    expect(error).to.include({ code: "STORE_UNAVAILABLE" });
    expect(error.message).to.include("disk is full");
  });

  it("refuses a directory with a path that is too long for a socket", async () => {
    const long = { program: "redis-server", dataDirectory: `/tmp/${"a".repeat(100)}`, log: silentLogger };
    expect(await rejection(startEmbeddedRedis(long))).to.include({ code: "CONFIG_INVALID" });
  });
});
