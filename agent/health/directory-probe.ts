/** Checks every half minute whether the directory answers and accepts the agent's account, so that no reader of the status has to wait for it. */
import type { Clock } from "../../shared/clock.ts";
import { type AppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { StatedDirectory } from "../../shared/source.ts";
import type { Directory } from "../directory/directory.ts";

export interface DirectoryProbeDeps {
  readonly directory: Pick<Directory, "find" | "stated">;
  /** Called when the directory states itself for the first time, and when its scope has changed. */
  readonly onStated?: (stated: StatedDirectory) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

const EVERY_MS = 30_000;
/**
 * An id that no entry has. Looking it up is an indexed search without a result, with the bind and the scope that a sync
 * would use.
 */
const UNUSED_ID = "0".repeat(32);

export function startDirectoryProbe(deps: DirectoryProbeDeps): DirectoryProbe {
  const probe = new DirectoryProbe(deps);
  probe.start();
  return probe;
}

/**
 *   not checked yet ──► healthy ◄──► failing
 */
class DirectoryProbe implements Closable {
  readonly #deps: DirectoryProbeDeps;
  readonly #closing = new AbortController();
  #checkedAt: number | null = null;
  #error: AppError | null = null;
  #stated: StatedDirectory | null = null;
  readonly #first: Promise<void>;
  #firstDone!: () => void;

  constructor(deps: DirectoryProbeDeps) {
    this.#deps = deps;
    this.#first = new Promise((resolve) => (this.#firstDone = resolve));
  }

  /** Called once, by `startDirectoryProbe`. */
  start(): void {
    void this.#keepProbing();
  }

  get healthy(): boolean {
    return this.#checkedAt !== null && this.#error === null;
  }
  /** Epoch ms of the last answer or failure; null before the first. */
  get checkedAt(): number | null {
    return this.#checkedAt;
  }
  get error(): AppError | null {
    return this.#error;
  }

  /** The directory that the agent serves, as it was last read. Null before the first answer. */
  get stated(): StatedDirectory | null {
    return this.#stated;
  }

  /** Resolves after the first check, or after `ms`. */
  async untilChecked(ms: number): Promise<void> {
    const stop = new AbortController();
    await Promise.race([this.#first, this.#deps.clock.sleep(ms, stop.signal)]);
    stop.abort();
  }

  /** Waits for nothing: a check in progress ends when the directory is closed, which is after this, and no other begins. */
  close(): Promise<void> {
    this.#closing.abort();
    return Promise.resolve();
  }

  async #keepProbing(): Promise<void> {
    const { clock } = this.#deps;
    while (!this.#closing.signal.aborted) {
      await this.#probe();
      this.#firstDone();
      await clock.sleep(EVERY_MS, this.#closing.signal);
    }
  }

  async #probe(): Promise<void> {
    const { directory, onStated, clock, log } = this.#deps;
    const before = this.#error?.code;
    const isFirst = this.#checkedAt === null;
    // Before the search, which fails for a base that does not exist: the directory itself can be stated all the same.
    const stated = await directory.stated().catch(() => null);
    const error = await directory.find(UNUSED_ID, this.#closing.signal).then(() => null, toAppError);
    if (this.#closing.signal.aborted) return;
    if (stated !== null && JSON.stringify(stated) !== JSON.stringify(this.#stated)) {
      this.#stated = stated;
      onStated?.(stated);
    }
    this.#error = error;
    this.#checkedAt = clock.now();
    if (error !== null && error.code !== before) log.warn("directory.probe.failed", { error });
    else if (error === null && (isFirst || before !== undefined)) log.info("directory.probe.passed");
  }
}
export type { DirectoryProbe };
