/** The connection to Redis and the functions that run inside it. Records live in the files next to this one. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Redis, type RedisOptions, ReplyError } from "ioredis";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { TurnwiseRedis } from "./turnwise-redis.ts";

/** How to reach the server: host and port, or the path of a socket. */
export type RedisAddress = Pick<
  RedisOptions,
  "host" | "port" | "path" | "username" | "password" | "tls" | "socketTimeout"
>;

export interface StoreOptions {
  readonly connection: RedisAddress;
  readonly log: Logger;
}

export interface Store extends Closable {
  /** For commands. Fails fast (STORE_UNAVAILABLE through `guard`) instead of queueing while the server is away. */
  readonly redis: Redis;
  /** For BullMQ and everything else that needs connections of its own. */
  readonly connection: RedisAddress;
  /** Calls a function of functions/*.lua; every key it touches is in `keys`. Loads the libraries again if the server lost them. */
  call(name: string, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown>;
  /** Messages on a channel, until the returned function is called. All on one connection. */
  subscribe(channel: string, onMessage: (message: string) => void): Promise<() => Promise<void>>;
}

/** A half-open connection is noticed after this (the default of ioredis: never). */
const SOCKET_TIMEOUT_MS = 8_000;

const LIBRARIES = join(import.meta.dirname, "functions");

export async function openStore({ connection, log }: StoreOptions): Promise<Store> {
  const shared: RedisAddress = { ...connection, socketTimeout: SOCKET_TIMEOUT_MS };
  const redis = new TurnwiseRedis({
    ...shared,
    lazyConnect: true,
    enableOfflineQueue: false,
    // With 1 or more, ioredis 6 keeps what was under way for after a reconnect and never fails it while there is none.
    maxRetriesPerRequest: 0,
  });
  const subscriber = new Redis({ ...connection, lazyConnect: true, maxRetriesPerRequest: null });
  for (const client of [redis, subscriber])
    client.on("error", (error: Error) => log.debug("store.connection.failed", { error }));

  const handlers = new Map<string, Set<(message: string) => void>>();
  subscriber.on("message", (channel: string, message: string) => {
    for (const handler of handlers.get(channel) ?? []) handler(message);
  });

  async function loadLibraries(): Promise<void> {
    for (const entry of readdirSync(LIBRARIES).filter((name) => /^[a-z-]+(?:\.lua)?$/.test(name)))
      await redis.call("FUNCTION", "LOAD", "REPLACE", readLibrary(join(LIBRARIES, entry)));
  }

  try {
    await Promise.all([redis.connect(), subscriber.connect()]);
    await loadLibraries();
  } catch (error) {
    redis.disconnect();
    subscriber.disconnect();
    throw translate(error);
  }

  return {
    redis,
    connection: shared,
    async call(name, keys, args) {
      try {
        return await redis.call("FCALL", name, keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error instanceof Error) || !/function not found/i.test(error.message)) throw translate(error);
      }
      try {
        await loadLibraries();
        return await redis.call("FCALL", name, keys.length, ...keys, ...args);
      } catch (error) {
        throw translate(error);
      }
    },
    async subscribe(channel, onMessage) {
      const existing = handlers.get(channel);
      if (existing === undefined) {
        handlers.set(channel, new Set([onMessage]));
        await subscriber.subscribe(channel);
      } else existing.add(onMessage);
      return async () => {
        const set = handlers.get(channel);
        set?.delete(onMessage);
        if (set?.size === 0) {
          handlers.delete(channel);
          if (subscriber.status === "ready") await subscriber.unsubscribe(channel);
        }
      };
    },
    close() {
      redis.disconnect();
      subscriber.disconnect();
      return Promise.resolve();
    },
  };
}

/** A file, or a folder whose files in the order of their names are one library: Redis libraries cannot share code. */
function readLibrary(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, "utf8");
  return readdirSync(path)
    .filter((name) => name.endsWith(".lua"))
    .sort()
    .map((file) => readFileSync(join(path, file), "utf8"))
    .join("\n");
}

/** Runs plain commands and gives their failures our codes. */
export async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/^OOM /.test(message)) return new AppError("STORE_FULL", undefined, { cause: error });
  if (
    error instanceof ReplyError &&
    !/^(LOADING|MASTERDOWN|READONLY|NOREPLICAS|CLUSTERDOWN|MISCONF)/.test(message)
  )
    return new AppError("INTERNAL", `Redis refused a command: ${message.slice(0, 200)}`, { cause: error });
  return new AppError("STORE_UNAVAILABLE", undefined, { cause: error });
}
