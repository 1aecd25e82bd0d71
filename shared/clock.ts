/** Time as a dependency, so that tests never wait for it. */
export interface Clock {
  /**
   * Wall clock, epoch milliseconds. For records and for people; leases use `monotonicMs`, because this one can jump.
   */
  now(): number;
  /** Milliseconds that never jump, for leases and time-outs. Only differences between two readings have a meaning. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
    }),
};
