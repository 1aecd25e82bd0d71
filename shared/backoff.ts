/**
 * Back-off with full jitter: each wait is a random part of a window, and the window doubles from attempt to attempt.
 */
export interface BackoffOptions {
  /** First window, milliseconds. */
  readonly minimumMs: number;
  /** Largest window, milliseconds. */
  readonly maximumMs: number;
  readonly random?: () => number;
}

export interface Backoff {
  /** Milliseconds to wait before the next attempt. */
  nextMs(): number;
  /**
   * Call it only after a stable period. Otherwise a peer that keeps failing is asked again and again without a pause.
   */
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
