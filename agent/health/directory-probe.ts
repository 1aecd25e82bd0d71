/** Is the directory there, and do our credentials open it? Asked now and then, so that nobody has to wait to find out. */
import type { Clock } from "../../shared/clock.ts";
import { type AppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { Directory } from "../directory/directory.ts";

export interface DirectoryProbe extends Closable {
  readonly healthy: boolean;
  /** Epoch ms of the last answer or failure; null before the first. */
  readonly checkedAt: number | null;
  readonly error: AppError | null;
}

export interface DirectoryProbeDeps {
  readonly directory: Pick<Directory, "find">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly everyMs?: number;
}

/** Nobody's id: an indexed search that finds nothing, over the bind and the scope that a sync would use. */
const NOBODY = "0".repeat(32);

export function startDirectoryProbe({
  directory,
  clock,
  log,
  everyMs = 30_000,
}: DirectoryProbeDeps): DirectoryProbe {
  const stop = new AbortController();
  let healthy = false;
  let checkedAt: number | null = null;
  let error: AppError | null = null;

  const probe = async (): Promise<void> => {
    const before = error?.code;
    try {
      await directory.find(NOBODY, stop.signal);
      error = null;
    } catch (reason) {
      error = toAppError(reason);
    }
    if (stop.signal.aborted) return;
    const isFirst = checkedAt === null;
    healthy = error === null;
    checkedAt = clock.now();
    if (error !== null && error.code !== before) log.warn("directory.probe.failed", { error });
    else if (error === null && (isFirst || before !== undefined)) log.info("directory.probe.passed");
  };

  const probing = (async () => {
    while (!stop.signal.aborted) {
      await probe();
      await clock.sleep(everyMs, stop.signal);
    }
  })();

  return {
    get healthy() {
      return healthy;
    },
    get checkedAt() {
      return checkedAt;
    },
    get error() {
      return error;
    },
    async close() {
      stop.abort();
      await probing;
    },
  };
}
