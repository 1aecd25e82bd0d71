/** Signals within a node that a job has changed. A signal may be missed, so a waiter also reads the record at intervals. */
import type { JobRecord } from "../store/job-record.ts";

export interface JobWatch {
  /**
   * Resolves when the job was signalled since the last call, after `ms`, or when the signal aborts. Resolves to the final record
   * when the signal carried it, which saves reading it.
   */
  next(ms: number, signal?: AbortSignal): Promise<JobRecord | null>;
  close(): void;
}

export interface JobSignals {
  notify(jobId: string, decided?: JobRecord | null): void;
  /** Must be called before the record is read, or a change in between is missed. */
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
            // Written by hand: AbortSignal.any() for every wait would cost more than everything else here.
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
