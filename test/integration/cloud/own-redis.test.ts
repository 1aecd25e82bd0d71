/** A cloud with a Redis server of the operator's: the configuration of docker-compose.yml, with TLS and one ACL user. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { Redis } from "ioredis";
import { type CloudHandle, startCloud } from "../../../cloud/cloud.ts";
import { cloudConfigSchema } from "../../../cloud/config/config.ts";
import { createKeyFiles } from "../../../cloud/keys/key-files.ts";
import { prepareOwnerKey } from "../../../cloud/owner-key.ts";
import { freePort } from "../../../lab/free-port.ts";
import { systemClock } from "../../../shared/clock.ts";
import { silentLogger } from "../../../shared/logger.ts";
import { rejection } from "../../support/rejection.ts";
import { waitFor } from "../../support/wait-for.ts";

const COMPOSE = join(import.meta.dirname, "../../../config/compose");

describe("a cloud with a Redis server of its own", () => {
  let directory: string;
  let port: number;
  let server: ChildProcess;
  let ca: string;
  let password: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "latchkey-own-redis-"));
    port = await freePort();
    const tls = join(directory, "tls");
    await mkdir(tls);
    // The script of the container, with a folder of the test's and without its change of the owner.
    const script = (await readFile(join(COMPOSE, "redis-tls.sh"), "utf8"))
      .replaceAll("/tls", tls)
      .replace(/^chown .*$/m, "");
    await promisify(execFile)("sh", ["-c", script]);
    ca = await readFile(join(tls, "ca.pem"), "utf8");
    password = (await readFile(join(COMPOSE, "redis-password"), "utf8")).trim();
    const file = join(directory, "redis.conf");
    const conf = (await readFile(join(COMPOSE, "redis.conf"), "utf8"))
      .replaceAll("/tls/", `${tls}/`)
      .replace("/usr/local/etc/redis/users.acl", join(COMPOSE, "users.acl"))
      .replace("dir /data", `dir ${directory}`)
      .replace("tls-port 6379", `tls-port ${port}`);
    await writeFile(file, `${conf}bind 127.0.0.1\n`);
    server = spawn("redis-server", [file], { stdio: "ignore" });
    await createKeyFiles(join(directory, "data"));
    const client = redis();
    await waitFor("Redis", () => client.ping().catch(() => undefined));
    client.disconnect();
  });
  after(async () => {
    server.kill("SIGKILL");
    await rm(directory, { recursive: true, force: true });
  });

  function redis(
    options: { username?: string; password?: string } = { username: "latchkey", password },
  ): Redis {
    const client = new Redis({
      host: "127.0.0.1",
      port,
      tls: { ca, servername: "localhost" },
      ...options,
      retryStrategy: () => 50,
      maxRetriesPerRequest: 100,
    });
    client.on("error", () => undefined); // it is still starting
    return client;
  }

  const start = (changes: object = {}): Promise<CloudHandle> =>
    startCloud(
      cloudConfigSchema.parse({
        publicUrl: "http://127.0.0.1",
        listen: "127.0.0.1:0",
        dataDirectory: join(directory, "data"),
        redis: {
          url: `rediss://localhost:${port}`,
          username: "latchkey",
          password,
          caFile: join(directory, "tls", "ca.pem"),
          ...changes,
        },
        notify: { outbox: true },
      }),
      { log: silentLogger, clock: systemClock },
    );

  it("works over TLS, as an ACL user with the rights that operations.md lists", async () => {
    const key = (await prepareOwnerKey(join(directory, "data"))).reveal();
    const cloud = await start();
    const call = (method: string, path: string, body?: unknown) =>
      fetch(`${cloud.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    try {
      const statuses = [
        await call("POST", "/tenants", { id: "contoso", name: "Contoso", domains: ["contoso.com"] }),
        await call("PUT", "/tenants/contoso/policy", { policy: { scope: "all" } }),
        await call("POST", "/tenants/contoso/enrollments", { name: "agent" }),
        await call("GET", "/tenants/contoso/users?limit=10"),
        await call("GET", "/tenants/contoso/sync-runs"),
        await call("GET", "/tenants/contoso/audit"),
        await call("GET", "/audit/verify"),
      ].map(({ status }) => status);
      expect(statuses.filter((status) => status >= 500)).to.deep.equal([]);
      expect(statuses.slice(0, 2)).to.deep.equal([201, 200]);
    } finally {
      await cloud.close();
    }
  });

  it("does not start with a wrong password, without TLS, or with another authority", async () => {
    const other = join(directory, "other.pem");
    const made = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=Other -keyout ${other}.key -out ${other}`;
    await promisify(execFile)("openssl", made.split(" "));
    for (const changes of [
      { password: "wrong" },
      { url: `redis://localhost:${port}`, caFile: undefined },
      { caFile: other },
    ])
      expect(await rejection(start(changes))).to.include({ code: "STORE_UNAVAILABLE" });
  });

  it("gives that user nothing else: no other keys, no configuration, no flush, no list of keys", async () => {
    const client = redis();
    try {
      const refused = (work: Promise<unknown>): Promise<string> =>
        work.then(
          () => "allowed",
          (error: unknown) => String(error),
        );
      for (const work of [
        () => client.set("other", "1"),
        () => client.config("GET", "dir"),
        () => client.flushall(),
        () => client.keys("*"),
        () => client.call("FUNCTION", "FLUSH"),
        () => client.call("ACL", "LIST"),
        () => client.publish("other", "x"),
      ])
        expect(await refused(work())).to.match(/NOPERM/);
      const stranger = redis({});
      expect(await refused(stranger.get("lk:nodes"))).to.match(/NOAUTH/);
      stranger.disconnect();
    } finally {
      client.disconnect();
    }
  });
});
