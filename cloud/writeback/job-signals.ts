/** "Look at that job again", within this node. A hint that may be lost: whoever waits also looks by itself now and then. */
import type { JobRecord } from "../store/job-record.ts";

export interface JobWatch {
  /**
   * Resolves when the job was signalled since the last call, after `ms`, or when the signal aborts. The record, when whoever
   * signalled had just decided it: nobody needs to read it then.
   */
  next(ms: number, signal?: AbortSignal): Promise<JobRecord | null>;
  close(): void;
}

export interface JobSignals {
  notify(jobId: string, decided?: JobRecord | null): void;
  /** Start watching before reading the record, or a change in between goes unseen. */
  watch(...jobIds: readonly string[]): JobWatch;
}

export function createJobSignals(): JobSignals {
  const watchers = new Map<string, Set<(decided: JobRecord | null) => void>>();
  return {
    notify(jobId, decided = null) {
      for (const wake of watchers.get(jobId) ?? []) wake(decided);
    },
    watch(...jobIds) {
      let signalled = false;
      let told: JobRecord | null = null;
      let wakeUp = (): void => undefined;
      const wake = (decided: JobRecord | null): void => {
        signalled = true;
        told = decided ?? told;
        wakeUp();
      };
      for (const jobId of jobIds) {
        const set = watchers.get(jobId) ?? new Set();
        watchers.set(jobId, set.add(wake));
      }
      return {
        async next(ms, signal) {
          if (!signalled && signal?.aborted !== true)
            // By hand: a signal made of two for every wait costs more than all the rest of it.
            await new Promise<void>((resolve) => {
              const end = (): void => {
                clearTimeout(timer);
                signal?.removeEventListener("abort", end);
                resolve();
              };
              const timer = setTimeout(end, Math.max(0, ms));
              signal?.addEventListener("abort", end, { once: true });
              wakeUp = end;
            });
          const record = told;
          [signalled, told, wakeUp] = [false, null, () => undefined];
          return record;
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
