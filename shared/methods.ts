/** Ways to prove one's identity. Policies, registrations, the audit and a job's `methods` use these names. */
export const METHODS = [
  /** A code sent by text message to the mobile number. */
  "text",
  /** A code read out in a call to the mobile number. */
  "call",
  /** A code read out in a call to the office number. */
  "office_call",
  /** A code sent to the alternate email address. */
  "email",
  /** A time-based one-time password (RFC 6238) from an authenticator app. */
  "authenticator",
  /** One of the codes that were printed or saved at registration. Each works once. */
  "recovery_code",
  /** Answers to security questions. Never the first proof, and never for privileged accounts. */
  "questions",
] as const;
export type Method = (typeof METHODS)[number];

/** Methods that send a message: they cost money and need a number or an address. */
export const SENT_METHODS = ["text", "call", "office_call", "email"] as const satisfies readonly Method[];
export type SentMethod = (typeof SENT_METHODS)[number];
export const isSentMethod = (method: Method): method is SentMethod =>
  (SENT_METHODS as readonly Method[]).includes(method);

/** The ways to send a message to a user. */
export const CHANNELS = ["text", "call", "email"] as const;
export type Channel = (typeof CHANNELS)[number];
