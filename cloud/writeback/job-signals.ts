/** "Look at that job again", within this node. A hint that may be lost: whoever waits also looks by itself now and then. */
import type { Clock } from "../../shared/clock.ts";

export interface JobWatch {
  /** Resolves when the job was signalled since the last call, after `ms`, or when the signal aborts. */
  next(ms: number, signal?: AbortSignal): Promise<void>;
  close(): void;
}

export interface JobSignals {
  notify(jobId: string): void;
  /** Start watching before reading the record, or a change in between goes unseen. */
  watch(...jobIds: readonly string[]): JobWatch;
}

export function createJobSignals(clock: Clock): JobSignals {
  const watchers = new Map<string, Set<() => void>>();
  return {
    notify(jobId) {
      for (const wake of watchers.get(jobId) ?? []) wake();
    },
    watch(...jobIds) {
      let signalled = false;
      let awake = new AbortController();
      const wake = (): void => {
        signalled = true;
        awake.abort("signalled"); // without a reason of ours an error with its stack is made for each
      };
      for (const jobId of jobIds) {
        const set = watchers.get(jobId) ?? new Set();
        watchers.set(jobId, set.add(wake));
      }
      return {
        async next(ms, signal) {
          if (!signalled)
            await clock.sleep(
              Math.max(0, ms),
              signal === undefined ? awake.signal : AbortSignal.any([signal, awake.signal]),
            );
          signalled = false;
          awake = new AbortController();
        },
        close() {
          for (const jobId of jobIds) {
            const set = watchers.get(jobId);
            set?.delete(wake);
            if (set?.size === 0) watchers.delete(jobId);
          }
        },
      };
    },
  };
}
