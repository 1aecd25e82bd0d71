import { MINUTE_MS } from "../../shared/durations.ts";
import type { AgentConfig } from "../config.ts";
import type { Lockout } from "../directory/directory.ts";

/** One try. It counts as a failure until `succeeded` or `notMade` is called. */
export interface Try {
  /** The password was correct: the account's failures are forgotten, as the directory forgets them. */
  succeeded(): void;
  /** The directory did not check the password. */
  notMade(): void;
}

/** Limits how many passwords are tried, so that guessing at a portal does not lock an account in the directory. Pure. */
export class TryLimits {
  readonly #limits: AgentConfig["signIn"];
  readonly #nowMs: () => number;
  /** Times at which recent tries began, by user id. */
  readonly #failures = new Map<string, readonly number[]>();
  #lastMinute: number[] = [];
  #sweptAt: number;

  /** `nowMs`: a monotonic clock. */
  constructor(limits: AgentConfig["signIn"], nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#sweptAt = nowMs();
  }

  /** Begins a try. Returns null while a limit is reached. */
  begin(userId: string): Try | null {
    this.#sweep();
    const now = this.#nowMs();
    this.#lastMinute = this.#lastMinute.filter((at) => now - at < MINUTE_MS);
    const failed = this.#recent(this.#failures.get(userId) ?? []);
    if (failed.length >= this.#limits.tries || this.#lastMinute.length >= this.#limits.maxPerMinute)
      return null;
    this.#lastMinute.push(now);
    this.#failures.set(userId, [...failed, now]);
    return {
      succeeded: () => void this.#failures.delete(userId),
      notMade: () => {
        const times = [...(this.#failures.get(userId) ?? [])];
        const index = times.indexOf(now);
        if (index !== -1) times.splice(index, 1);
        this.#keep(userId, times);
      },
    };
  }

  #recent(times: readonly number[]): readonly number[] {
    const now = this.#nowMs();
    return times.filter((at) => now - at < this.#limits.windowMinutes * MINUTE_MS);
  }

  #keep(userId: string, times: readonly number[]): void {
    if (times.length === 0) this.#failures.delete(userId);
    else this.#failures.set(userId, times);
  }

  #sweep(): void {
    if (this.#nowMs() - this.#sweptAt < MINUTE_MS) return;
    this.#sweptAt = this.#nowMs();
    for (const [userId, times] of this.#failures) this.#keep(userId, this.#recent(times));
  }
}

/** Number of wrong passwords that remain for the users themselves, because they mistype too. */
const SPARE = 2;

/**
 * Tells whether one more wrong password would bring the account too close to its lockout. Two tries must remain for the
 * user, or one if the threshold is two. If the failures cannot be read, only the limits of this agent apply. If only
 * the threshold cannot be read, an account that has failures is not tried.
 */
export function isNearLockout({ failures, threshold }: Lockout): boolean {
  if (failures === null || threshold === 0) return false;
  if (threshold === null) return failures > 0;
  const leftAfter = threshold - failures - 1;
  return leftAfter < Math.max(1, Math.min(SPARE, threshold - 1));
}
