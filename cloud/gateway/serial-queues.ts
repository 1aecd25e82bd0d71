/** Work in order within a lane, lanes side by side, and a bound on all that waits. */
export interface Lanes {
  /** False when too much waits already: the work was not taken. `work` must not reject. */
  run(lane: string, work: () => Promise<void>): boolean;
  /** What has not begun is dropped. */
  clear(): void;
}

export function createLanes(maxWaiting: number): Lanes {
  const tails = new Map<string, Promise<void>>();
  let waiting = 0;
  let generation = 0;
  return {
    run(lane, work) {
      if (waiting >= maxWaiting) return false;
      waiting++;
      const born = generation;
      const tail = (tails.get(lane) ?? Promise.resolve())
        .then(() => (born === generation ? work() : undefined))
        .finally(() => {
          waiting--;
          if (tails.get(lane) === tail) tails.delete(lane);
        });
      tails.set(lane, tail);
      return true;
    },
    clear() {
      generation++;
    },
  };
}
