/** Makes the counts of a tenant's limits older, as if time had passed in Redis, whose own clock decides about windows. */
import type { Redis } from "ioredis";

export async function ageLimits(redis: Redis, tenantId: string, ms: number): Promise<void> {
  for (const key of await redis.keys(`lk:{${tenantId}}:limit:*`))
    for (const [field, text] of Object.entries(await redis.hgetall(key)))
      // Each pair is a time and an amount, but for the first one: refusals, and the time of the first of them.
      await redis.hset(
        key,
        field,
        text.replace(/(?<=;)\d+/g, (time) => String(Number(time) - ms)),
      );
  for (const key of await redis.keys(`lk:{${tenantId}}:limit-members:*`))
    for (const member of await redis.zrange(key, "0", "-1")) await redis.zincrby(key, String(-ms), member);
}
