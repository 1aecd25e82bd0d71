/**
 * Runs a private redis-server for installations that have no Redis of their own. It listens on a Unix socket in the
 * data directory, has every write on disk before it answers, is restarted when it dies, and ends when this process
 * ends.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { totalmem } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { createBackoff } from "../../shared/backoff.ts";
import { systemClock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { RedisAddress } from "./store.ts";

export interface EmbeddedRedis extends Closable {
  readonly connection: RedisAddress;
}

export interface EmbeddedRedisOptions {
  /** Name or path of redis-server. */
  readonly program: string;
  readonly dataDirectory: string;
  readonly log: Logger;
}

/** Stays below the size of sun_path: 108 bytes on Linux and 104 elsewhere, including the terminating zero. */
const MAX_SOCKET_PATH_BYTES = 100;
const MINIMUM_VERSION = 7;
/** Time that the server of a killed cloud process gets to save its data and end. */
const ORPHAN_DEADLINE_MS = 10_000;
const STOP_DEADLINE_MS = 10_000;
/**
 * Time after which a slow start is logged. A large data set may take longer to load, so only the server's death ends
 * the wait.
 */
const SLOW_START_MS = 10_000;
const POLL_MS = 25;
const MAX_LAST_LINES = 5;
const NEVER = new AbortController().signal;

/**
 * Shell script that ends the server when its standard input closes. The kernel closes it however this process ends. Only the
 * server keeps standard output open, so its close shows that the server is gone.
 */
const KEEPER = `"$@" </dev/null & server=$!
exec >/dev/null 2>&1
read -r _
kill -TERM "$server"
wait "$server"`;

/**
 * Starts the server. Throws REDIS_MISSING, CONFIG_INVALID when the directory cannot be used, and STORE_UNAVAILABLE when
 * the server does not start.
 */
export async function startEmbeddedRedis({
  program,
  dataDirectory,
  log,
}: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const directory = join(resolve(dataDirectory), "redis");
  const socket = join(directory, "redis.sock");
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH_BYTES)
    throw new AppError(
      "CONFIG_INVALID",
      `dataDirectory is too long: the path of its socket '${socket}' exceeds ${MAX_SOCKET_PATH_BYTES} bytes. Use a shorter path.`,
    );
  await checkVersion(program);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  await waitForOrphan(socket);
  return SupervisedRedis.start({ program, directory, socket, log });
}

interface ServerOptions {
  readonly program: string;
  readonly directory: string;
  readonly socket: string;
  readonly log: Logger;
}

/**
 * The server and its restarts:
 *
 *   starting ──ready──► running ──server died──► restarting ──ready──► running
 *      │                   │                       │     ▲
 *      │                   │                       └─────┘ start failed: again after the back-off
 *      └─ start failed:    └──────────┬────────────┘
 *         `start` throws              │ close()
 *                                     ▼
 *                                  closing ──server and supervision ended──► closed
 */
class SupervisedRedis implements EmbeddedRedis {
  readonly connection: RedisAddress;
  readonly #options: ServerOptions;
  readonly #stop = new AbortController();
  readonly #supervision: Promise<void>;
  #server: ServerProcess;
  #closed: Promise<void> | undefined;

  static async start(options: ServerOptions): Promise<SupervisedRedis> {
    const server = await ServerProcess.launch(options, NEVER);
    options.log.info("redis.embedded.started", { directory: options.directory });
    return new SupervisedRedis(options, server);
  }

  private constructor(options: ServerOptions, server: ServerProcess) {
    this.connection = { path: options.socket };
    this.#options = options;
    this.#server = server;
    this.#supervision = this.#supervise();
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    this.#stop.abort();
    await this.#server.stop();
    await this.#supervision;
  }

  async #supervise(): Promise<void> {
    const { directory, log } = this.#options;
    for (;;) {
      await this.#server.gone;
      if (this.#stop.signal.aborted) return;
      log.error("redis.embedded.died", { directory, reason: this.#server.lastWords() });
      await this.#restart();
    }
  }

  async #restart(): Promise<void> {
    const { directory, log } = this.#options;
    const backoff = createBackoff({ minimumMs: 100, maximumMs: 5_000 });
    for (;;) {
      await systemClock.sleep(backoff.nextMs(), this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        this.#server = await ServerProcess.launch(this.#options, this.#stop.signal);
        log.warn("redis.embedded.restarted", { directory });
        return;
      } catch (error) {
        log.error("redis.embedded.restart.failed", { directory, error });
      }
    }
  }
}

/** One process of the server, under its keeper (the shell script). */
class ServerProcess {
  /** Resolves when the server and its keeper have ended. */
  readonly gone: Promise<void>;
  readonly #keeper: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: string[] = [];
  #isGone = false;

  /** Resolves when the server has loaded its data, or has been stopped by the signal. Throws STORE_UNAVAILABLE. */
  static async launch(options: ServerOptions, signal: AbortSignal): Promise<ServerProcess> {
    const { directory, socket, log } = options;
    const server = new ServerProcess(options);
    const slow = setTimeout(() => log.warn("redis.embedded.start.slow", { directory }), SLOW_START_MS);
    while (!(await isReady(socket)) && !server.#isGone && !signal.aborted)
      await systemClock.sleep(POLL_MS, signal);
    clearTimeout(slow);
    if (signal.aborted) await server.stop();
    else if (server.#isGone)
      throw new AppError("STORE_UNAVAILABLE", `redis-server did not start: ${server.lastWords()}`);
    return server;
  }

  private constructor({ program, directory, socket, log }: ServerOptions) {
    const settings = {
      port: "0",
      unixsocket: socket,
      unixsocketperm: "700",
      dir: directory,
      save: "",
      appendonly: "yes",
      appendfsync: "always",
      // Half of the host's memory: a rewrite of the file may need as much again.
      maxmemory: String(Math.floor(totalmem() / 2)),
      "maxmemory-policy": "noeviction",
      daemonize: "no",
      logfile: "",
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    // The server has its own process group, so that Ctrl-C in a terminal reaches only the cloud, which needs its store
    // until it has drained.
    this.#keeper = spawn("/bin/sh", ["-c", KEEPER, "sh", program, ...args], {
      detached: true,
      cwd: directory,
      stdio: ["pipe", "pipe", "ignore"],
    });
    createInterface({ input: this.#keeper.stdout }).on("line", (line) => {
      log.debug("redis.embedded.printed", { line });
      if (this.#lines.push(line) > MAX_LAST_LINES) this.#lines.shift();
    });
    this.gone = goneOf(this.#keeper).then(() => {
      this.#isGone = true;
    });
  }

  /** The last lines it printed. */
  lastWords(): string {
    return this.#lines.join(" | ").slice(-500);
  }

  async stop(): Promise<void> {
    this.#keeper.stdin.end();
    const deadline = setTimeout(() => killGroup(this.#keeper), STOP_DEADLINE_MS);
    await this.gone;
    clearTimeout(deadline);
  }
}

/** Resolves when both the keeper and the server have ended, in either order. */
async function goneOf(keeper: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  const keeperGone = new Promise<void>((settle) =>
    keeper.once("exit", () => settle()).once("error", () => settle()),
  );
  const serverGone = once(keeper.stdout, "close");
  keeper.stdin.on("error", () => undefined); // the keeper may end before it is asked to
  await Promise.race([keeperGone, serverGone]);
  keeper.stdin.end();
  await keeperGone;
  killGroup(keeper); // a second server on the same files would corrupt them
  await serverGone;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has already ended.
  }
}

async function checkVersion(program: string): Promise<void> {
  const child = spawn(program, ["--version"], { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  try {
    await once(child, "close");
  } catch (error) {
    throw new AppError("REDIS_MISSING", `The program '${program}' was not found.`, { cause: error });
  }
  const version = /\bv=([0-9]+)\.[0-9.]+/.exec(text);
  if (Number(version?.[1] ?? 0) >= MINIMUM_VERSION) return;
  throw new AppError(
    "REDIS_MISSING",
    `'${program}' is ${version === null ? "not redis-server" : `version ${version[0].slice(2)}`}. Redis ${MINIMUM_VERSION} or newer is required.`,
  );
}

/** Waits for the server of a killed process to end. A server that stays belongs to another cloud process. */
async function waitForOrphan(socket: string): Promise<void> {
  const deadline = performance.now() + ORPHAN_DEADLINE_MS;
  while ((await ask(socket)) !== null) {
    if (performance.now() > deadline)
      throw new AppError(
        "CONFIG_INVALID",
        `Another process uses this data directory: a server answers on ${socket}.`,
      );
    await systemClock.sleep(POLL_MS);
  }
}

/** Checks whether the server answers and has loaded its data. */
const isReady = async (socket: string): Promise<boolean> => (await ask(socket)) === "+PONG";

/**
 * Returns the answer to PING; empty when a process accepts the connection and does not answer, null when none accepts
 * it.
 */
function ask(socket: string): Promise<string | null> {
  return new Promise((settle) => {
    const client = connect(socket);
    let answer: string | null = null;
    client.setTimeout(1_000, () => client.destroy());
    client.once("connect", () => {
      answer = "";
      client.write("PING\r\n");
    });
    client.once("data", (data) => {
      answer = data.toString("latin1").trim();
      client.destroy();
    });
    client.on("error", () => undefined); // no process listens: "close" follows
    client.once("close", () => settle(answer));
  });
}
