/** So many jobs at once, and never two of one user: in the order they came. */
export interface JobQueue {
  /** Waiting and under way. */
  readonly size: number;
  /** `work` must not reject. */
  add(userId: string, work: () => Promise<void>): void;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
}

export function createJobQueue(concurrency: number): JobQueue {
  const waiting: { readonly userId: string; readonly work: () => Promise<void> }[] = [];
  const busyUsers = new Set<string>();
  let idleListeners: (() => void)[] = [];

  function startNext(): void {
    while (busyUsers.size < concurrency) {
      const index = waiting.findIndex(({ userId }) => !busyUsers.has(userId));
      const [next] = index === -1 ? [] : waiting.splice(index, 1);
      if (next === undefined) break;
      busyUsers.add(next.userId);
      void next.work().finally(() => {
        busyUsers.delete(next.userId);
        startNext();
      });
    }
    if (busyUsers.size === 0 && waiting.length === 0) {
      for (const resolve of idleListeners) resolve();
      idleListeners = [];
    }
  }

  return {
    get size() {
      return waiting.length + busyUsers.size;
    },
    add(userId, work) {
      waiting.push({ userId, work });
      startNext();
    },
    idle: () =>
      new Promise((resolve) => {
        idleListeners.push(resolve);
        startNext();
      }),
  };
}
