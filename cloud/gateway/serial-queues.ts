/** Runs pieces of work: those of one queue one after the other, different queues side by side. */
export interface SerialQueues {
  /** Returns false, without running the work, when too many pieces wait already. `work` must not reject. */
  run(queue: string, work: () => Promise<void>): boolean;
  /** Drops the work that has not begun. */
  clear(): void;
}

/** `maxWaiting` bounds the pieces in all queues together, including those in progress. */
export function createSerialQueues(maxWaiting: number): SerialQueues {
  const tails = new Map<string, Promise<void>>();
  let waiting = 0;
  let generation = 0;
  return {
    run(queue, work) {
      if (waiting >= maxWaiting) return false;
      waiting++;
      const born = generation;
      const tail = (tails.get(queue) ?? Promise.resolve())
        .then(() => (born === generation ? work() : undefined))
        .finally(() => {
          waiting--;
          if (tails.get(queue) === tail) tails.delete(queue);
        });
      tails.set(queue, tail);
      return true;
    },
    clear() {
      generation++;
    },
  };
}
