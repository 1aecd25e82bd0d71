import { MAIL_AFTER_MS } from "../people/person-notices.ts";

/**
 * When the work behind an answer begins, milliseconds, from and below: at random between them. A visitor who goes on at once
 * shares this node, its store and the agent with that work, and would feel what is done for some names and not for others (T-01).
 */
export interface ResetTimings {
  /** The agent is asked about the account; sooner when a proof or a code needs it. */
  readonly lookAfterMs: readonly [number, number];
  /** A code is sent, or withheld. */
  readonly sendAfterMs: readonly [number, number];
  /** The person is told by mail that it cannot be done. */
  readonly mailAfterMs: readonly [number, number];
}

export const RESET_TIMINGS: ResetTimings = {
  lookAfterMs: [150, 400],
  sendAfterMs: [15, 45],
  mailAfterMs: MAIL_AFTER_MS,
};
