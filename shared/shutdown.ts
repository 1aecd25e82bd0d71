import type { Logger } from "./logger.ts";

/** Anything that was started and must be stopped. `close` is idempotent and resolves when nothing is left open. */
export interface Closable {
  close(): Promise<void>;
}

/** Closes items in reverse order of opening. An error of one `close` is thrown after all others have closed too. */
export class CloseStack implements Closable {
  readonly #open: Closable[] = [];
  #closing: Promise<void> | undefined;

  add<T extends Closable>(item: T): T {
    this.#open.push(item);
    return item;
  }
  defer(close: () => Promise<void> | void): void {
    this.#open.push({ close: async () => close() });
  }
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }
  async #closeAll(): Promise<void> {
    const faults: unknown[] = [];
    for (const item of this.#open.splice(0).reverse()) {
      try {
        await item.close();
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw new AggregateError(faults, "some parts did not close cleanly");
  }
}

/**
 * Runs a service until SIGTERM or SIGINT. The first signal closes the service; a second signal, or the deadline, ends
 * the process. Only a program's main file may call this.
 */
export async function runUntilSignal(service: Closable, log: Logger, deadlineMs = 10_000): Promise<void> {
  await new Promise<void>((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      log.info("process.signal.received", { signal });
      process.once("SIGTERM", () => process.exit(1));
      process.once("SIGINT", () => process.exit(1));
      resolve();
    };
    process.once("SIGTERM", onSignal);
    process.once("SIGINT", onSignal);
  });
  const timer = setTimeout(() => {
    log.error("process.drain.timed_out", { deadlineMs });
    process.exit(1);
  }, deadlineMs);
  await service.close();
  clearTimeout(timer);
  log.info("process.stopped");
}

/**
 * Ends the process silently when the reader of its output is gone, as after `| head`. Only a program's main file may
 * call this.
 */
export function endOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(1);
      throw error;
    });
}
