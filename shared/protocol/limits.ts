/** Every size and time the two sides must agree on, in one place. */
export const LIMITS = {
  /** A text or compressed frame on the wire, bytes. */
  maxFrameBytes: 256 * 1024,
  /** The same after inflating: what a peer may make us allocate, bytes. */
  maxInflatedBytes: 2 * 1024 * 1024,
  /** Frames above this many bytes are deflated (RFC 1951, level 1) and sent binary. */
  deflateAboveBytes: 1024,
  /** Users, ids and rejects in one batch together. */
  maxBatchChanges: 200,
  /** Batches sent and not yet acknowledged. */
  syncWindow: 4,
  /** Opaque to the cloud; an Active Directory cookie grows with the number of domain controllers. */
  maxCursorBytes: 64 * 1024,
  /** Jobs offered to one agent and not yet settled. */
  jobCredits: 8,
  /** Silence after which either side pings, and after which the link counts as dead, milliseconds. */
  pingAfterMs: 15_000,
  deadAfterMs: 35_000,
  /** The longest time a granted agent has for starting its modify, milliseconds on its own monotonic clock. */
  leaseMs: 8_000,
  /** No modify starts in the last part of a lease, milliseconds. */
  leaseMarginMs: 500,
  /** After lease and grace another agent may be granted, to verify, milliseconds. */
  leaseGraceMs: 3_000,
  /** Unsent bytes on a socket at which a sender waits, and at which it gives the link up. */
  bufferedPauseBytes: 1024 * 1024,
  bufferedCloseBytes: 8 * 1024 * 1024,
} as const;

/** WebSocket close codes of our own (RFC 6455 section 7.4.2 leaves 4000 to 4999 to the application). */
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
