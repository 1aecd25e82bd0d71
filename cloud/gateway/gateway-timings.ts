import { LIMITS } from "../../shared/protocol/limits.ts";

/** Every waiting time of the gateway, milliseconds. */
export interface GatewayTimings {
  /** From the first byte of an upgrade to its answer. */
  readonly authenticateMs: number;
  /** From the welcome to `ready`. */
  readonly readyMs: number;
  readonly pingAfterMs: number;
  readonly deadAfterMs: number;
  /** Every session's record is looked at this often: a revocation counts although its message was lost. */
  readonly recheckEveryMs: number;
  /** A peer that does not say goodbye in return is left after this. */
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
