/** Windowed full jitter: the whole window is waited through, the attempt falls anywhere in it. */
export interface BackoffOptions {
  /** First window, milliseconds. */
  readonly minimumMs: number;
  /** Largest window, milliseconds. */
  readonly maximumMs: number;
  readonly random?: () => number;
}

export interface Backoff {
  /** Milliseconds to wait before the next attempt; the window doubles each time. */
  nextMs(): number;
  /** Call only after a stable period, or a flapping peer is hammered. */
  reset(): void;
}

export function createBackoff({ minimumMs, maximumMs, random = Math.random }: BackoffOptions): Backoff {
  let windowMs = minimumMs;
  return {
    nextMs() {
      const waitMs = Math.round(windowMs * random());
      windowMs = Math.min(windowMs * 2, maximumMs);
      return waitMs;
    },
    reset() {
      windowMs = minimumMs;
    },
  };
}
