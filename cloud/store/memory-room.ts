/**
 * Keeps a part of Redis' memory free: at its limit, Redis refuses every write, those that end jobs included. New visits and runs ask
 * first, so what is under way can always end.
 */
import type { Redis } from "ioredis";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { createCachedLookUp } from "../ttl-cache.ts";

/** Share of `maxmemory` above which nothing new begins. */
const MOST = 0.7;
const LOOK_EVERY_MS = 1_000;
const ONLY = "redis";

export function createMemoryRoom(deps: {
  readonly redis: Pick<Redis, "info">;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Logger;
}): () => Promise<void> {
  const { redis, clock, log } = deps;
  let wasFull = false;
  let isReadable = true;

  async function look(): Promise<boolean> {
    // A server that does not show its memory, e.g. for want of the right, has only its own limit.
    const text = await redis.info("memory").catch((error: unknown) => {
      if (isReadable) log.warn("store.memory.unreadable", { error });
      return null;
    });
    isReadable = text !== null;
    if (text === null) return false;
    const read = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(text)?.[1] ?? 0);
    const [used, most] = [read("used_memory"), read("maxmemory")];
    const isFull = most > 0 && used >= most * MOST;
    if (isFull && !wasFull) log.error("store.memory.nearly_full", { used, most });
    wasFull = isFull;
    return isFull;
  }

  const full = createCachedLookUp({ ttlMs: LOOK_EVERY_MS, clock }, look);
  return async () => {
    if (await full.get(ONLY))
      throw new AppError(
        "STORE_FULL",
        "Redis has used 70 % of its memory, and nothing new begins above that.",
      );
  };
}
