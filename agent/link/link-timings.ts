import { MINUTE_MS } from "../../shared/durations.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";

/** Every time-out and pause of the link, milliseconds. */
export interface LinkTimings {
  /** Longest time from the first byte of the challenge to the welcome. */
  readonly dialTimeoutMs: number;
  /** First and largest back-off window. */
  readonly minimumBackoffMs: number;
  readonly maximumBackoffMs: number;
  /** A link that lasted this long starts again with the first back-off window. */
  readonly stableAfterMs: number;
  /** Pause between two attempts after the cloud has refused this agent or failed to prove its identity. */
  readonly minimumRefusedMs: number;
  readonly maximumRefusedMs: number;
  /** Pause before new sealing keys that the cloud could not take are announced again. */
  readonly announceAgainMs: number;
  readonly pingAfterMs: number;
  readonly deadAfterMs: number;
}

export const LINK_TIMINGS: LinkTimings = {
  dialTimeoutMs: 15_000,
  minimumBackoffMs: 1_000,
  maximumBackoffMs: 30_000,
  stableAfterMs: MINUTE_MS,
  minimumRefusedMs: 5 * MINUTE_MS,
  maximumRefusedMs: 15 * MINUTE_MS,
  announceAgainMs: 30_000,
  pingAfterMs: LIMITS.pingAfterMs,
  deadAfterMs: LIMITS.deadAfterMs,
};
