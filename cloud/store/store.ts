/** Connects to Redis and calls the functions that run inside it. The files next to this one define the records. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Redis, type RedisOptions, ReplyError } from "ioredis";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { RecordMac } from "../keys/record-mac.ts";
import { createMemoryRoom } from "./memory-room.ts";
import { createRecordRefusals, type RecordRefusals } from "./record-refusals.ts";
import { RedisConnector } from "./redis-connector.ts";
import { TurnwiseRedis } from "./turnwise-redis.ts";

/** Address of the server: host and port, or the path of a socket. `openStore` adds how to connect to it. */
export type RedisAddress = Pick<
  RedisOptions,
  "host" | "port" | "path" | "username" | "password" | "tls" | "socketTimeout" | "Connector"
>;

export interface StoreOptions {
  readonly connection: RedisAddress;
  /** Authenticates the records. */
  readonly mac: RecordMac;
  readonly log: Logger;
  readonly clock?: Pick<Clock, "monotonicMs">;
}

export interface Store extends Closable {
  /**
   * Connection for commands. It fails at once (STORE_UNAVAILABLE through `guard`) while the server cannot be reached,
   * and queues nothing.
   */
  readonly redis: Redis;
  /** Address for BullMQ and other code that needs its own connections. */
  readonly connection: RedisAddress;
  /** Authenticates the records. */
  readonly mac: RecordMac;
  /** Reports records without a valid MAC. */
  readonly refusals: RecordRefusals;
  /** Throws STORE_FULL when Redis has used most of its memory. Whatever begins something new calls it first. */
  checkRoom(): Promise<void>;
  /**
   * Calls a function of functions/; `keys` has every key, or prefix of keys, it uses. Loads the libraries again if the
   * server lost them.
   */
  call(name: string, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown>;
  /**
   * Calls `onMessage` with each message on a channel until the returned function is called. All channels share one
   * connection.
   */
  subscribe(channel: string, onMessage: (message: string) => void): Promise<() => Promise<void>>;
}

/** Time after which a half-open connection is closed (ioredis by default never closes it). */
const SOCKET_TIMEOUT_MS = 8_000;

const LIBRARIES = join(import.meta.dirname, "functions");

export async function openStore({
  connection: address,
  mac,
  log,
  clock = systemClock,
}: StoreOptions): Promise<Store> {
  const connection: RedisAddress = { ...address, Connector: RedisConnector };
  const shared: RedisAddress = { ...connection, socketTimeout: SOCKET_TIMEOUT_MS };
  const redis = new TurnwiseRedis({
    ...shared,
    lazyConnect: true,
    enableOfflineQueue: false,
    // With 1 or more, ioredis 6 keeps unanswered commands until it has reconnected, and never fails them while it
    // cannot reconnect.
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
    mac,
    refusals: createRecordRefusals({ log, clock }),
    checkRoom: createMemoryRoom({ redis, clock, log }),
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

/**
 * Reads a library: a file, or a folder whose files are joined in the order of their names, because Redis libraries
 * cannot share code.
 */
function readLibrary(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, "utf8");
  return readdirSync(path)
    .filter((name) => name.endsWith(".lua"))
    .sort()
    .map((file) => readFileSync(join(path, file), "utf8"))
    .join("\n");
}

/** Returns Redis' own time, by which records are dated: epoch ms. */
export async function storeTime({ redis }: Pick<Store, "redis">): Promise<number> {
  const [seconds, microseconds] = await guard(() => redis.time());
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

/** Runs plain commands and translates their errors into AppErrors. */
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
