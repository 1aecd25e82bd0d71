/** Operations, states and verdicts of writeback jobs. Both sides, the API and the documents use these names. */
import { z } from "zod";
import { MINUTE_MS } from "./durations.ts";
import type { ErrorCode } from "./errors.ts";

export const OPERATIONS = ["reset", "change", "unlock"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** States in which a job is not decided yet. */
export const OPEN_STATES = ["queued", "offered", "granted"] as const;

/** The results that an agent reports in its verdict. */
const VERDICT_STATES = ["applied", "rejected", "not_found", "refused", "not_applied", "unknown"] as const;

/** States that no transition leaves, except `unknown`, which may still become definite. */
export const FINAL_STATES = [...VERDICT_STATES, "expired", "cancelled", "superseded"] as const;
export type FinalState = (typeof FINAL_STATES)[number];

/**
 * The states of a job. Only the cloud changes them, in one Redis function per transition (functions/jobs.lua).
 *
 *   queued ──► offered ──► granted ──► applied | rejected | not_found | refused | not_applied
 *     │           │           └──────► unknown ──► applied | not_applied | rejected ...
 *     └───────────┴──► expired | cancelled | superseded        (never granted, so nothing was changed, for certain)
 *
 * `unknown` may become definite later, never the other way round. `refused` may also come before a grant.
 */
export const JOB_STATES = [...OPEN_STATES, ...FINAL_STATES] as const;
export type JobState = (typeof JOB_STATES)[number];
export const isFinalState = (state: JobState): state is FinalState =>
  (FINAL_STATES as readonly JobState[]).includes(state);

/** The codes an agent may give in a verdict. */
export const VERDICT_CODES = [
  "ACCOUNT_PROTECTED",
  "ACCOUNT_DISABLED",
  "ACCOUNT_EXPIRED",
  "ACCOUNT_STATE_UNREADABLE",
  "ACCOUNT_OUT_OF_SCOPE",
  "ACCOUNT_DENIED",
  "PROTECTION_UNKNOWN",
  "BRAKE_ENGAGED",
  "TOO_MANY_WRITES",
  "WRITEBACK_DISABLED",
  "JOB_SIGNATURE_INVALID",
  "SEAL_INVALID",
  "PASSWORD_BANNED",
  "PASSWORD_OWN_NAME",
  "PASSWORD_BREACHED",
  "PASSWORD_EMPTY",
  "PASSWORD_TOO_SHORT",
  "PASSWORD_TOO_LONG",
  "PASSWORD_COMPLEXITY",
  "PASSWORD_IN_HISTORY",
  "PASSWORD_TOO_YOUNG",
  "PASSWORD_POLICY",
  "PASSWORD_CHANGE_FORBIDDEN",
  "OLD_PASSWORD_WRONG",
  "DIRECTORY_ACCESS_DENIED",
  "DIRECTORY_UNSUPPORTED",
  "DIRECTORY_REFERRAL",
  "DIRECTORY_ERROR",
  "DIRECTORY_USER_NOT_FOUND",
  "VERDICT_UNKNOWN",
  "NOT_APPLIED",
] as const satisfies readonly ErrorCode[];
export type VerdictCode = (typeof VERDICT_CODES)[number];

/** The password rule of an account, as far as the directory lets the agent read it. */
export const passwordRuleSchema = z.strictObject({
  minLength: z.int().min(0).max(65_535).nullable(),
  historyLength: z.int().min(0).max(65_535).nullable(),
  complexity: z.boolean().nullable(),
  minAgeSeconds: z.int().min(0).max(4_000_000_000).nullable(),
  /**
   * Where the rule was read: the domain head, a fine-grained policy or a ppolicy entry. Null when none was readable.
   */
  source: z.enum(["domain", "fine_grained", "ppolicy"]).nullable(),
});
export type PasswordRule = z.infer<typeof passwordRuleSchema>;

/** The result of a job, as the agent reports it. */
export const verdictSchema = z.strictObject({
  state: z.enum(VERDICT_STATES),
  /** Null exactly when applied. */
  code: z.enum(VERDICT_CODES).nullable(),
  passwordSet: z.boolean(),
  unlocked: z.boolean(),
  mustChange: z.boolean(),
  /** True when the directory checked the password history. Null when that is unknown or no password was set. */
  historyEnforced: z.boolean().nullable(),
  /** For PASSWORD_TOO_YOUNG: when the change becomes possible, ISO 8601. */
  possibleAt: z.iso.datetime().nullable(),
  rule: passwordRuleSchema.nullable(),
  /** The server that answered, for example dc1.example.com. */
  server: z.string().max(255).nullable(),
  /** True when the result was found by reading the account afterwards, not from the answer to the modify. */
  verified: z.boolean(),
});
export type Verdict = z.infer<typeof verdictSchema>;

export function makeVerdict(state: "applied", code: null, facts?: Partial<Verdict>): Verdict;
export function makeVerdict(
  state: Exclude<Verdict["state"], "applied">,
  code: VerdictCode,
  facts?: Partial<Verdict>,
): Verdict;
export function makeVerdict(
  state: Verdict["state"],
  code: VerdictCode | null,
  facts: Partial<Verdict> = {},
): Verdict {
  return {
    passwordSet: false,
    unlocked: false,
    mustChange: false,
    historyEnforced: null,
    possibleAt: null,
    rule: null,
    server: null,
    verified: false,
    ...facts,
    state,
    code,
  };
}

/**
 * The state of an account just before the agent asked for the grant. A later look-up (by the same agent after a crash,
 * or by another agent) compares the account with this mark to find out whether the write happened. It contains no
 * secret.
 */
export const accountMarkSchema = z.strictObject({
  /** The server it was read from. Marks of two servers cannot be compared, because of replication. */
  server: z.string().min(1).max(255),
  /**
   * pwdLastSet (AD, 100 ns ticks) or pwdChangedTime (ppolicy) or entryCSN/modifyTimestamp, as text; "" when never set.
   */
  changed: z.string().max(128),
  /** lockoutTime or pwdAccountLockedTime as text; "" when not locked. */
  locked: z.string().max(128),
});
export type AccountMark = z.infer<typeof accountMarkSchema>;

/** Longest time from the creation of a job until it expires. */
export const MAX_JOB_TTL_MS = 15 * MINUTE_MS;
export { MAX_PASSWORD_UNITS } from "./sealing/password-plaintext.ts";
