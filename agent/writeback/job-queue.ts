export interface JobQueueDeps {
  /** Largest number of jobs that run at the same time. */
  readonly concurrency: number;
}

interface Job {
  readonly userId: string;
  /** Must not reject. */
  readonly work: () => Promise<void>;
}

/**
 * Runs up to `concurrency` jobs at once, in the order they came, and never two of the same user:
 *
 *   waiting ──(a place is free and no job of the same user runs)──► running ──► gone
 */
export class JobQueue {
  readonly #concurrency: number;
  readonly #waiting: Job[] = [];
  /** Users with a running job: one for each job that runs. */
  readonly #busyUsers = new Set<string>();
  #idleListeners: (() => void)[] = [];

  constructor({ concurrency }: JobQueueDeps) {
    this.#concurrency = concurrency;
  }

  /** Number of jobs that wait or run. */
  get size(): number {
    return this.#waiting.length + this.#busyUsers.size;
  }

  /** `work` must not reject. */
  add(userId: string, work: Job["work"]): void {
    this.#waiting.push({ userId, work });
    this.#startNext();
  }

  /** Resolves when no job waits or runs. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleListeners.push(resolve);
      this.#startNext();
    });
  }

  #startNext(): void {
    while (this.#busyUsers.size < this.#concurrency) {
      const index = this.#waiting.findIndex(({ userId }) => !this.#busyUsers.has(userId));
      const [next] = index === -1 ? [] : this.#waiting.splice(index, 1);
      if (next === undefined) break;
      this.#busyUsers.add(next.userId);
      void next.work().finally(() => {
        this.#busyUsers.delete(next.userId);
        this.#startNext();
      });
    }
    if (this.size > 0) return;
    for (const resolve of this.#idleListeners) resolve();
    this.#idleListeners = [];
  }
}
