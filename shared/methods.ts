/** How a person proves who they are. The words of policy, registration, audit and the job's `methods`. */
export const METHODS = [
  /** A code by text message to the mobile number. */
  "text",
  /** A code read out by a call to the mobile number. */
  "call",
  /** A code read out by a call to the office number. */
  "office_call",
  /** A code to the alternate email address. */
  "email",
  /** A time-based one-time password (RFC 6238) of an authenticator app. */
  "authenticator",
  /** One of the codes that were printed or saved when registering; each works once. */
  "recovery_code",
  /** Answers to questions chosen when registering. Never the first proof, never for privileged accounts. */
  "questions",
] as const;
export type Method = (typeof METHODS)[number];

/** Those that send something, and so cost something and need an address. */
export const SENT_METHODS = ["text", "call", "office_call", "email"] as const satisfies readonly Method[];
export type SentMethod = (typeof SENT_METHODS)[number];
export const isSentMethod = (method: Method): method is SentMethod =>
  (SENT_METHODS as readonly Method[]).includes(method);

/** The ways a message reaches a person. */
export const CHANNELS = ["text", "call", "email"] as const;
export type Channel = (typeof CHANNELS)[number];
