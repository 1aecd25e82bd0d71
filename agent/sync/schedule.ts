/** Runs the cron schedule of delta runs. The runner decides what a tick does, and that runs never overlap. */
import cron from "node-cron";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";

/**
 * Largest random delay of a tick. Agents of many organisations share one cloud, and "every two minutes" is the same second for
 * all of them.
 */
const MAX_DELAY_MS = 10_000;

/** `expression`: five or six cron fields in local time, or `off`. */
export function startSchedule(expression: string, tick: () => void, log: Logger): Closable {
  if (expression === "off") return { close: () => Promise.resolve() };
  const hasSeconds = expression.trim().split(/\s+/).length > 5;
  const task = cron.schedule(expression, tick, {
    name: "sync",
    noOverlap: true,
    ...(hasSeconds ? {} : { maxRandomDelay: MAX_DELAY_MS }),
    // The next tick follows a late one; node-cron would print a warning to the console.
    suppressMissedWarning: true,
    logger: {
      info: (text) => log.debug("sync.schedule.noted", { text }),
      warn: (text) => log.warn("sync.schedule.noted", { text }),
      error: (error) => log.error("sync.schedule.failed", { error }),
      debug: () => undefined,
    },
  });
  return {
    async close() {
      await task.destroy();
    },
  };
}
