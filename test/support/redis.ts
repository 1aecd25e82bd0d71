/** Starts real Redis servers like the product: AOF on every write, no eviction, in a temporary folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "../../lab/free-port.ts";
import { atEndOfRun, once as onlyOnce } from "./teardown.ts";

export interface RedisServer {
  readonly connection: { readonly host: string; readonly port: number };
  readonly url: string;
  readonly directory: string;
  /** Sends SIGKILL and waits until the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Starts a server for one test, to kill and freeze. */
export async function startRedis(): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), "latchkey-redis-"));
  const port = await freePort();
  let child = await launch(port, directory);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  };
  return {
    connection: { host: "127.0.0.1", port },
    url: `redis://127.0.0.1:${port}`,
    directory,
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGKILL");
      child = await launch(port, directory);
    },
    signal: (name) => child.kill(name),
    async stop() {
      await end("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Shares one server in the whole run. Tests use separate tenant ids. */
export const sharedRedis = onlyOnce(async () => {
  const server = await startRedis();
  atEndOfRun(() => server.stop());
  return server;
});

async function launch(port: number, directory: string): Promise<ChildProcess> {
  const child = spawn(
    "redis-server",
    [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--dir",
      directory,
      "--save",
      "",
      "--appendonly",
      "yes",
    ].concat(["--appendfsync", "always", "--maxmemory-policy", "noeviction"]),
    { stdio: "ignore" },
  );
  const failed = new Promise<never>((_, reject) => {
    child.once("error", () => reject(new Error("redis-server is missing: apt-get install redis-server")));
    child.once("exit", (code) =>
      reject(new Error(`redis-server ended with ${String(code)}; see ${directory}`)),
    );
  });
  const client = new Redis({ port, host: "127.0.0.1", maxRetriesPerRequest: null, retryStrategy: () => 25 });
  client.on("error", () => undefined); // it is still starting
  try {
    await Promise.race([client.ping(), failed]);
  } finally {
    client.disconnect();
  }
  child.removeAllListeners("exit");
  child.removeAllListeners("error");
  return child;
}
