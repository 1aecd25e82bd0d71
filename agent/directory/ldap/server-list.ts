import type { Clock } from "../../../shared/clock.ts";
import { MINUTE_MS } from "../../../shared/durations.ts";

/** A server that failed goes to the end of the order for this long, milliseconds. */
export const SERVER_COOL_DOWN_MS = MINUTE_MS;

/** The configured servers, in the order in which to try them now. */
export interface ServerList {
  /** Returns the servers without a recent failure in order of preference, then the others, the earliest failure first. */
  inOrder(): string[];
  failed(url: string): void;
  worked(url: string): void;
}

export function createServerList(urls: readonly string[], clock: Pick<Clock, "monotonicMs">): ServerList {
  const failedAt = new Map<string, number>();
  return {
    inOrder() {
      const now = clock.monotonicMs();
      const coolUntil = (url: string): number => (failedAt.get(url) ?? -Infinity) + SERVER_COOL_DOWN_MS;
      const healthy = urls.filter((url) => coolUntil(url) <= now);
      const cooling = urls.filter((url) => coolUntil(url) > now).sort((a, b) => coolUntil(a) - coolUntil(b));
      return [...healthy, ...cooling];
    },
    failed: (url) => void failedAt.set(url, clock.monotonicMs()),
    worked: (url) => void failedAt.delete(url),
  };
}
