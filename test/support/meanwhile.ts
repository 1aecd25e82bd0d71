/** Lets something happen right after a store has read a key, as another node or a time to live would. */
import type { Store } from "../../cloud/store/store.ts";

/** `count`: the read after which `work` runs, once. */
export function storeWithWork(
  store: Store,
  {
    command,
    key,
    count = 1,
  }: { readonly command: "get" | "hget" | "hgetall"; readonly key: string; readonly count?: number },
  work: () => Promise<unknown>,
): { readonly store: Store; readonly ran: () => boolean } {
  let reads = 0;
  const redis = new Proxy(store.redis, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const reply: unknown = await Reflect.apply(value, target, args);
        if (property === command && args[0] === key && ++reads === count) await work();
        return reply;
      };
    },
  });
  return { store: { ...store, redis }, ran: () => reads >= count };
}
