/**
 * Points at which a fault test may end or freeze the process. Each is between two steps that must be safe to separate.
 */
export const CRASH_POINTS = [
  "before_intent",
  "after_intent",
  "after_sent",
  "after_modify",
  "after_outcome",
  "before_ack",
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Called when a point is reached. The program wires it to LATCHKEY_CRASH_AT; see CONTRIBUTING.md. */
export type CrashPoints = (point: CrashPoint) => void;
