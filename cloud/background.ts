/** Runs work after the answer was sent, so that answers take equally long for names that exist and for others. */
import { setMaxListeners } from "node:events";
import type { Clock } from "../shared/clock.ts";
import { toAppError } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import type { Closable } from "../shared/shutdown.ts";

export interface Background extends Closable {
  /** Starts `work` after the current turn, or `afterMs` later (sooner when it closes). Logs a failure under `name`. */
  run(
    name: string,
    fields: Readonly<Record<string, string>>,
    work: () => Promise<unknown>,
    afterMs?: number,
  ): void;
  /** Aborted by `close()`. */
  readonly signal: AbortSignal;
}

/** Work under way gets this long at `close()`: a message may be on its way to a provider that does not answer. */
const DRAIN_MS = 3_000;

export function createBackground({ clock, log }: { clock: Clock; log: Logger }): Background {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // one for each work under way
  const underWay = new Set<Promise<void>>();
  return {
    signal: stop.signal,
    run(name, fields, work, afterMs = 0) {
      if (stop.signal.aborted) return;
      const beginning =
        afterMs === 0
          ? new Promise<void>((resolve) => setImmediate(resolve))
          : clock.sleep(afterMs, stop.signal);
      const done = beginning
        .then(work)
        .catch((error: unknown) => {
          const known = toAppError(error);
          // The user left the portal meanwhile: no fault.
          const level = known.code === "SESSION_ENDED" ? "debug" : "warn";
          log[level]("background.failed", { work: name, ...fields, error: known });
        })
        .then(() => undefined)
        .finally(() => underWay.delete(done));
      underWay.add(done);
    },
    async close() {
      stop.abort();
      const drained = new AbortController();
      await Promise.race([Promise.all(underWay), clock.sleep(DRAIN_MS, drained.signal)]);
      drained.abort();
    },
  };
}
