/** Starts a Redis server with the configuration of docker-compose.yml: TLS, and one ACL user with the rights that a cloud needs. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { freePort } from "../../lab/free-port.ts";
import { waitFor } from "./wait-for.ts";

const COMPOSE = join(import.meta.dirname, "../../config/compose");

interface Login {
  readonly username?: string;
  readonly password?: string;
}

export interface ComposeRedis {
  /** A folder for the test alone; the certificates are in it. */
  readonly directory: string;
  readonly port: number;
  /** The configuration of a cloud that uses it, but for the password. */
  readonly config: { readonly url: string; readonly username: string; readonly caFile: string };
  readonly password: string;
  readonly passwordFile: string;
  /** Opens a client, as that user unless told otherwise. */
  client(login?: Login): Redis;
  stop(): Promise<void>;
}

export async function startComposeRedis(): Promise<ComposeRedis> {
  const directory = await mkdtemp(join(tmpdir(), "latchkey-own-redis-"));
  const port = await freePort();
  const tls = join(directory, "tls");
  await mkdir(tls);
  // The script of the container, with a folder of the test's and without its change of the owner.
  const script = (await readFile(join(COMPOSE, "redis-tls.sh"), "utf8"))
    .replaceAll("/tls", tls)
    .replace(/^chown .*$/m, "");
  await promisify(execFile)("sh", ["-c", script]);
  const caFile = join(tls, "ca.pem");
  const ca = await readFile(caFile, "utf8");
  const passwordFile = join(COMPOSE, "redis-password");
  const password = (await readFile(passwordFile, "utf8")).trim();
  const file = join(directory, "redis.conf");
  const conf = (await readFile(join(COMPOSE, "redis.conf"), "utf8"))
    .replaceAll("/tls/", `${tls}/`)
    .replace("/usr/local/etc/redis/users.acl", join(COMPOSE, "users.acl"))
    .replace("dir /data", `dir ${directory}`)
    .replace("tls-port 6379", `tls-port ${port}`);
  await writeFile(file, `${conf}bind 127.0.0.1\n`);
  const server = spawn("redis-server", [file], { stdio: "ignore" });

  const config = { url: `rediss://localhost:${port}`, username: "latchkey", caFile };
  const client = (login: Login = { username: config.username, password }): Redis => {
    const opened = new Redis({
      host: "127.0.0.1",
      port,
      tls: { ca, servername: "localhost" },
      ...login,
      retryStrategy: () => 50,
      maxRetriesPerRequest: 100,
    });
    opened.on("error", () => undefined); // it is still starting
    return opened;
  };
  const first = client();
  await waitFor("Redis", () => first.ping().catch(() => undefined));
  first.disconnect();
  return {
    directory,
    port,
    config,
    password,
    passwordFile,
    client,
    async stop() {
      const gone = once(server, "exit");
      server.kill("SIGKILL");
      await gone;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
