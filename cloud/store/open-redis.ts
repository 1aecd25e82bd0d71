import type { Logger } from "../../shared/logger.ts";
import type { CloseStack } from "../../shared/shutdown.ts";
import type { CloudConfig } from "../config/config.ts";
import { startEmbeddedRedis } from "./embedded-redis.ts";
import { redisAddressOf } from "./redis-address.ts";
import type { RedisAddress } from "./store.ts";

/** Returns the address of the server in `redis.url`; without it, starts the private server, which `closing` ends. */
export async function openRedis(
  { redis, dataDirectory }: Pick<CloudConfig, "redis" | "dataDirectory">,
  log: Logger,
  closing: CloseStack,
): Promise<RedisAddress> {
  const yours = redisAddressOf(redis);
  if (yours !== null) return yours;
  return closing.add(await startEmbeddedRedis({ program: redis.program, dataDirectory, log })).connection;
}
