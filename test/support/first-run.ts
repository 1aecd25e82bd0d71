/** Makes the next run of a test installation count as the source's first one, so that the users it finds can reset at once. */
import { join } from "node:path";
import { Redis } from "ioredis";
import { keys } from "../../cloud/store/keys.ts";
import type { Installation } from "../../lab/installation.ts";

/**
 * Users who are added later would wait for the hold time of the policy. `openRedis`: opens the installation's own Redis; without it, the
 * embedded one, which must run.
 */
export async function reopenFirstRun(
  { folder, tenantId }: Pick<Installation, "folder" | "tenantId">,
  source = 1,
  openRedis = () => new Redis({ path: join(folder, "cloud/redis/redis.sock") }),
): Promise<void> {
  const redis = openRedis();
  try {
    await redis.hdel(keys.sync(tenantId, source), "completed");
  } finally {
    redis.disconnect();
  }
}
