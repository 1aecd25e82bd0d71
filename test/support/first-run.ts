/** Makes the next run of a test installation count as the source's first one, so that the users it finds can reset at once. */
import { join } from "node:path";
import { Redis } from "ioredis";
import { keys } from "../../cloud/store/keys.ts";
import type { Installation } from "../../lab/installation.ts";

/** Users who are added later would wait for the hold time of the policy. The embedded Redis of the installation must run. */
export async function reopenFirstRun(
  { folder, tenantId }: Pick<Installation, "folder" | "tenantId">,
  source = 1,
): Promise<void> {
  const redis = new Redis({ path: join(folder, "cloud/redis/redis.sock") });
  try {
    await redis.hdel(keys.sync(tenantId, source), "completed");
  } finally {
    redis.disconnect();
  }
}
