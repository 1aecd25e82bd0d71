/** Lets one node at a time do a piece of work that every node looks for. A dead node's lease ends by itself. */
import { guard, type Store } from "./store.ts";

/** Returns true for one node at a time, until `forMs` have passed or the node calls `endLease`. Throws STORE_UNAVAILABLE. */
export const takeLease = async (
  { redis }: Pick<Store, "redis">,
  key: string,
  holder: string,
  forMs: number,
): Promise<boolean> => (await guard(() => redis.set(key, holder, "PX", forMs, "NX"))) === "OK";

/** Ends the lease, unless it has passed to another node. Throws STORE_UNAVAILABLE. */
export async function endLease({ redis }: Pick<Store, "redis">, key: string, holder: string): Promise<void> {
  // Between the two commands the lease can pass to another node. Two nodes then work for a while, which only repeats messages.
  if ((await guard(() => redis.get(key))) === holder) await guard(() => redis.del(key));
}
