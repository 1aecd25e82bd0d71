/** Finds out, by reading the account, whether a write whose answer was lost has happened. */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError, isAppError, toAppError } from "../../shared/errors.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import type { Passwords } from "../../shared/sealing/password.ts";
import type { AccountMark, Verdict } from "../../shared/writeback.ts";
import type { AccountState, Directory } from "../directory/directory.ts";
import { decideAfterLook, decideAfterSignIn, unknownVerdict } from "./recover.ts";

export interface Unsettled {
  readonly order: JobOrder;
  /** The account before the first write. */
  readonly before: AccountMark | null;
  /** Null when the seal could not be opened, or the order holds none. */
  readonly passwords: Passwords | null;
  /** True when this agent itself may have sent the modify by now. */
  mayHaveSent(): boolean;
}

/**
 * Result of reading the account once. `write`: nothing was written, and writing is allowed. `wait`: reading it later
 * may tell more.
 */
export type Finding =
  | { readonly kind: "decided"; readonly verdict: Verdict }
  | { readonly kind: "write" | "wait" }
  | { readonly kind: "no_answer"; readonly error: AppError };

export interface SettleOptions {
  readonly directory: Pick<Directory, "account" | "checkSignIn">;
  readonly graceMs: number;
  readonly clock: Clock;
  readonly closing: AbortSignal;
}

export interface Settled {
  readonly verdict: Verdict;
  /** True when the verdict is not known yet and reading the account later may tell. */
  readonly mayLearnMore: boolean;
}

const PAUSE_MS = 500;
const PAUSE_MAX_MS = 4_000;
const WATCH_FIRST_MS = 5_000;
const WATCH_PAUSE_MAX_MS = 120_000;
const WATCH_FOR_MS = 15 * MINUTE_MS;

export interface Settling {
  /**
   * Reads the account until the job is decided or the grace period is over; then the verdict is `unknown`. `write`
   * writes again where that is safe; without it nothing is written. Throws what `write` throws, which means that
   * nothing was sent; DIRECTORY_* when there is no answer and this agent sent nothing; AGENT_OFFLINE when the agent
   * stops before the grace period is over.
   */
  settle(unsettled: Unsettled, write?: { isAllowed(): boolean; now(): Promise<Verdict> }): Promise<Settled>;
  /**
   * Keeps reading the account for 15 minutes, with growing pauses. Returns null when the verdict stays unknown or
   * `isPointless` becomes true.
   */
  watch(unsettled: Unsettled, isPointless: () => boolean): Promise<Verdict | null>;
}

export function createSettling({ directory, graceMs, clock, closing }: SettleOptions): Settling {
  async function look({ order, before, passwords }: Unsettled, mayWrite: boolean): Promise<Finding> {
    try {
      const account = await directory.account(order.userId);
      const step = decideAfterLook({ order, before, account, mayWrite });
      if (step.kind !== "sign_in" || account === null)
        return step as Exclude<typeof step, { kind: "sign_in" }>;
      return { kind: "decided", verdict: await signIn(order, account, passwords) };
    } catch (error) {
      return { kind: "no_answer", error: toAppError(error) };
    }
  }

  /** Tries the password in the directory at most once, because a wrong password counts towards the lockout. */
  async function signIn(
    order: JobOrder,
    account: AccountState,
    passwords: Passwords | null,
  ): Promise<Verdict> {
    if (passwords === null) return decideAfterSignIn(order, account, null);
    try {
      const answer = await directory.checkSignIn(order.userId, passwords.newPassword);
      return decideAfterSignIn(order, account, answer);
    } catch (error) {
      if (isAppError(error, "DIRECTORY_UNAVAILABLE")) throw error; // not checked, so it may be tried later
      return decideAfterSignIn(order, account, null);
    }
  }

  return {
    async settle(unsettled, write) {
      const startedAt = clock.monotonicMs();
      let pauseMs = PAUSE_MS;
      let rejection: Verdict | null = null;
      for (;;) {
        const found = await look(unsettled, rejection === null && write?.isAllowed() === true);
        if (found.kind === "decided") return { verdict: found.verdict, mayLearnMore: false };
        if (found.kind === "wait" && rejection !== null) return { verdict: rejection, mayLearnMore: false };
        if (found.kind === "write" && write !== undefined) {
          const verdict = await write.now();
          if (verdict.state === "applied") return { verdict, mayLearnMore: false };
          // A repeated write may be refused because the first one was made after all (password history), so read the
          // account before accepting the refusal.
          if (verdict.state !== "unknown") {
            rejection = verdict;
            continue;
          }
        }
        const leftMs = startedAt + graceMs - clock.monotonicMs();
        if (leftMs <= 0 || closing.aborted) {
          if (found.kind === "no_answer" && !unsettled.mayHaveSent()) throw found.error;
          // The account may be read later, by this agent after its restart or by another one.
          if (leftMs > 0)
            throw new AppError("AGENT_OFFLINE", "The agent stops before the result of the write is known.");
          return { verdict: unknownVerdict(unsettled.before?.server ?? null), mayLearnMore: true };
        }
        await clock.sleep(Math.min(pauseMs, leftMs), closing);
        pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
      }
    },

    async watch(unsettled, isPointless) {
      const startedAt = clock.monotonicMs();
      let pauseMs = Math.max(WATCH_FIRST_MS, graceMs);
      while (clock.monotonicMs() - startedAt < WATCH_FOR_MS) {
        await clock.sleep(pauseMs, closing);
        if (closing.aborted || isPointless()) return null;
        const found = await look(unsettled, false);
        if (found.kind === "decided") return found.verdict;
        pauseMs = Math.min(pauseMs * 2, WATCH_PAUSE_MAX_MS);
      }
      return null;
    },
  };
}
