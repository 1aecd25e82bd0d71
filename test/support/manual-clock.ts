/** A clock that moves only when the test moves it. */
import type { Clock } from "../../shared/clock.ts";

export interface ManualClock extends Clock {
  /** Moves both clocks and wakes the sleepers that are due, in order. */
  advance(ms: number): Promise<void>;
  /** Number of calls of `sleep`. */
  readonly sleepsBegun: number;
  /** Sets only the wall clock, like a time server or an administrator. */
  setWall(epochMs: number): void;
}

export function createManualClock(startAt = 1_700_000_000_000): ManualClock {
  let monotonic = 0;
  let wall = startAt;
  let sleepsBegun = 0;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => wall,
    monotonicMs: () => monotonic,
    get sleepsBegun() {
      return sleepsBegun;
    },
    setWall: (epochMs) => (wall = epochMs),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        sleepsBegun++;
        const sleeper = {
          until: monotonic + ms,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", sleeper.wake);
            resolve();
          },
        };
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        sleepers.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake);
      }),
    async advance(ms) {
      const end = monotonic + ms;
      for (;;) {
        await settle();
        const due = [...sleepers].filter(({ until }) => until <= end).sort((a, b) => a.until - b.until)[0];
        if (due === undefined) break;
        wall += Math.max(0, due.until - monotonic);
        monotonic = Math.max(monotonic, due.until);
        due.wake();
      }
      wall += end - monotonic;
      monotonic = end;
      await settle();
    },
  };
}
