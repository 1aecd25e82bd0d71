import { LIMITS } from "../../shared/protocol/limits.ts";

/** The time-outs and intervals of the gateway, milliseconds. */
export interface GatewayTimings {
  /** Longest time from the first byte of an upgrade to its answer. */
  readonly authenticateMs: number;
  /** Longest time from the welcome to `ready`. */
  readonly readyMs: number;
  readonly pingAfterMs: number;
  readonly deadAfterMs: number;
  /**
   * Interval at which the agent's record is read for every session, so that a revocation takes effect even if its
   * message was lost.
   */
  readonly recheckEveryMs: number;
  /** A peer that does not answer the closing handshake is disconnected after this. */
  readonly closeMs: number;
}

export const GATEWAY_TIMINGS: GatewayTimings = {
  authenticateMs: 5_000,
  readyMs: 10_000,
  pingAfterMs: LIMITS.pingAfterMs,
  deadAfterMs: LIMITS.deadAfterMs,
  recheckEveryMs: 15_000,
  closeMs: 2_000,
};
