/** The sizes and times that both sides must agree on. */
export const LIMITS = {
  /** Largest text or compressed frame on the wire, bytes. */
  maxFrameBytes: 256 * 1024,
  /** Largest frame after inflating, bytes. Bounds the memory that a peer can make this side allocate. */
  maxInflatedBytes: 2 * 1024 * 1024,
  /** Frames above this many bytes are deflated (RFC 1951, level 1) and sent binary. */
  deflateAboveBytes: 1024,
  /** Largest number of users, ids and rejected entries together in one batch. */
  maxBatchChanges: 200,
  /** Largest number of ids of unchanged users in one batch, and so of ids that its answer may name. */
  maxBatchIds: 4000,
  /** Largest number of entries and values that cannot be used that a run lists. The rest is counted. */
  maxRunProblems: 1000,
  /** Longest DN that a run lists, characters. */
  maxDnLength: 1024,
  /** Largest number of batches that are sent and not yet acknowledged. */
  syncWindow: 4,
  /** Largest cursor, bytes. An Active Directory cookie grows with the number of domain controllers. */
  maxCursorBytes: 64 * 1024,
  /** Largest number of jobs that are offered to one agent and not yet decided. */
  jobCredits: 8,
  /** Silence after which either side pings, and after which the link counts as dead, milliseconds. */
  pingAfterMs: 15_000,
  deadAfterMs: 35_000,
  /** Time in which a granted agent must start its modify, milliseconds on its own monotonic clock. */
  leaseMs: 8_000,
  /** No modify starts in this last part of a lease, milliseconds. */
  leaseMarginMs: 500,
  /** Pause after a lease has ended before another agent may get the grant, to verify; milliseconds. */
  leaseGraceMs: 3_000,
  /** Unsent bytes on a socket at which a sender pauses, and at which it closes the link. */
  bufferedPauseBytes: 1024 * 1024,
  bufferedCloseBytes: 8 * 1024 * 1024,
} as const;

/** The product's own WebSocket close codes (RFC 6455 section 7.4.2 reserves 4000 to 4999 for applications). */
export const CLOSE = {
  protocol: 4400,
  unauthenticated: 4401,
  revoked: 4403,
  heartbeat: 4408,
  superseded: 4409,
  tooBig: 4413,
  version: 4426,
  rate: 4429,
  draining: 4503,
} as const;
