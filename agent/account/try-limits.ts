/** How many passwords are tried here: a stranger who guesses at a portal must not lock an account in the directory. Pure. */
import { MINUTE_MS } from "../../shared/durations.ts";
import type { AgentConfig } from "../config.ts";
import type { Lockout } from "../directory/directory.ts";

/** A try counts as a failure until it is known to be none. */
export interface Try {
  /** The password was right: the account's failures are forgotten, as the directory forgets them. */
  succeeded(): void;
  /** The directory was not asked. */
  notMade(): void;
}

export interface TryLimits {
  /** Null: not now. */
  begin(userId: string): Try | null;
}

/** `nowMs`: never jumps. */
export function createTryLimits(limits: AgentConfig["signIn"], nowMs: () => number): TryLimits {
  const windowMs = limits.windowMinutes * MINUTE_MS;
  /** User id → when a try began. */
  const failures = new Map<string, readonly number[]>();
  let lastMinute: number[] = [];
  let sweptAt = nowMs();

  const recent = (times: readonly number[]): readonly number[] =>
    times.filter((at) => nowMs() - at < windowMs);
  const keep = (userId: string, times: readonly number[]): void => {
    if (times.length === 0) failures.delete(userId);
    else failures.set(userId, times);
  };
  const sweep = (): void => {
    if (nowMs() - sweptAt < MINUTE_MS) return;
    sweptAt = nowMs();
    for (const [userId, times] of failures) keep(userId, recent(times));
  };

  return {
    begin(userId) {
      sweep();
      const now = nowMs();
      lastMinute = lastMinute.filter((at) => now - at < MINUTE_MS);
      const failed = recent(failures.get(userId) ?? []);
      if (failed.length >= limits.tries || lastMinute.length >= limits.maxPerMinute) return null;
      lastMinute.push(now);
      failures.set(userId, [...failed, now]);
      return {
        succeeded: () => failures.delete(userId),
        notMade() {
          const times = [...(failures.get(userId) ?? [])];
          const index = times.indexOf(now);
          if (index !== -1) times.splice(index, 1);
          keep(userId, times);
        },
      };
    },
  };
}

/** What a wrong password must leave to the account's owner, who mistypes too. */
const SPARE = 2;

/**
 * Could a wrong password here lock the account, or nearly? Two tries are left to its owner; where the directory allows two in
 * all, one. What cannot be read does not count: then the limits of this agent are all there is, but for an account with
 * failures under a policy that nobody may read.
 */
export function isNearLockout({ failures, threshold }: Lockout): boolean {
  if (failures === null || threshold === 0) return false;
  if (threshold === null) return failures > 0;
  const leftAfter = threshold - failures - 1;
  return leftAfter < Math.max(1, Math.min(SPARE, threshold - 1));
}
