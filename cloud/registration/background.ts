/** Work that goes on after the answer. What fails is logged here, and whoever closes waits for the rest. */
import { toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";

export interface Background extends Closable {
  run(what: string, sessionId: string, work: () => Promise<void>): void;
}

export function createBackground(log: Logger): Background {
  const running = new Set<Promise<void>>();
  return {
    run(what, sessionId, work) {
      const done = work()
        .catch((error: unknown) => {
          const known = toAppError(error);
          log.error("registration.work.failed", { what, sessionId, code: known.code, error: known });
        })
        .finally(() => running.delete(done));
      running.add(done);
    },
    async close() {
      await Promise.all(running);
    },
  };
}
