/** The state of one account as an agent reads it, and the result of trying a password on it. */
import { z } from "zod";
import type { ErrorCode } from "./errors.ts";
import { passwordRuleSchema } from "./writeback.ts";

/** The kinds of directory that the agent knows. `389-ds` is FreeIPA as well; `generic` is any other LDAP server. */
export const DIALECTS = ["active-directory", "openldap", "389-ds", "generic"] as const;
export type DialectName = (typeof DIALECTS)[number];

/** Largest number of groups that one look-up can ask about. */
export const MAX_ASKED_GROUPS = 40;

/** Why an agent would refuse a writeback for this account, whatever the password. */
export const ACCOUNT_OBSTACLES = [
  "ACCOUNT_PROTECTED",
  "ACCOUNT_DISABLED",
  "ACCOUNT_EXPIRED",
  "ACCOUNT_STATE_UNREADABLE",
  "ACCOUNT_OUT_OF_SCOPE",
  "ACCOUNT_DENIED",
  "PROTECTION_UNKNOWN",
  "DIRECTORY_USER_NOT_FOUND",
] as const satisfies readonly ErrorCode[];
export type AccountObstacle = (typeof ACCOUNT_OBSTACLES)[number];

export const accountViewSchema = z.strictObject({
  /** Null when nothing stands against a reset. */
  obstacle: z.enum(ACCOUNT_OBSTACLES).nullable(),
  locked: z.boolean(),
  protected: z.boolean(),
  /** The groups asked about that the account is a member of, directly or nested, spelled as they were asked. */
  groups: z.array(z.string().max(1024)).max(MAX_ASKED_GROUPS).readonly(),
  /**
   * The groups asked about that are not in the directory, or whose members cannot be read: nobody can tell who is in them.
   * Left out when there are none.
   */
  missingGroups: z.array(z.string().max(1024)).max(MAX_ASKED_GROUPS).readonly().optional(),
  rule: passwordRuleSchema,
  dialect: z.enum(DIALECTS),
});
export type AccountView = Readonly<z.infer<typeof accountViewSchema>>;

const SIGN_IN_FAILURES = [
  "wrong",
  "locked",
  "disabled",
  "expired",
  "not_found",
  "not_permitted",
  /** The password was not tried, because guessing here must not lock the account in the directory. */
  "too_many",
] as const;

export const signInVerdictSchema = z.discriminatedUnion("ok", [
  z.strictObject({ ok: z.literal(true), mustChange: z.boolean() }),
  z.strictObject({ ok: z.literal(false), reason: z.enum(SIGN_IN_FAILURES) }),
]);
export type SignInVerdict = Readonly<z.infer<typeof signInVerdictSchema>>;
