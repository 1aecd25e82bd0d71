import { MAIL_AFTER_MS } from "../people/person-notices.ts";

/**
 * Delays before background work begins, in milliseconds: at random from the first value up to the second. A visitor's
 * next request shares this node, its store and the agent with that work. Without the delay, its response time would
 * reveal which work is done for some names only.
 */
export interface ResetTimings {
  /** Before the agent examines the account. A proof or a code that needs it does not wait. */
  readonly lookAfterMs: readonly [number, number];
  /** Before a code is sent or withheld. */
  readonly sendAfterMs: readonly [number, number];
  /** Before the person is told by email that a reset is not possible. */
  readonly mailAfterMs: readonly [number, number];
}

export const RESET_TIMINGS: ResetTimings = {
  lookAfterMs: [150, 400],
  sendAfterMs: [15, 45],
  mailAfterMs: MAIL_AFTER_MS,
};
