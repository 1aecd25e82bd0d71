/**
 * A user of the directory as the cloud stores them, and the fingerprint by which both sides compare without sending
 * users.
 */
import { hash } from "node:crypto";
import { z } from "zod";
import { userIdSchema } from "./ids.ts";

const text = (max: number) => z.string().min(1).max(max);

/** Reasons why a number in the directory cannot be used. The number itself never leaves the directory. */
export const PHONE_PROBLEMS = [
  "not_a_number",
  "too_short",
  "too_long",
  "invalid_for_country",
  "unknown_country",
  "premium_rate",
  /** The text can be read as more than one number. */
  "ambiguous",
  /** A number of a switchboard with an extension behind it, which no message or call reaches. */
  "extension",
  "toll_free",
  "voicemail",
  /** Satellite phones and international networks. */
  "no_country",
] as const;
export type PhoneProblem = (typeof PHONE_PROBLEMS)[number];

/** Reasons why any value cannot be used. The user is synced without it. */
export const VALUE_PROBLEMS = [
  ...PHONE_PROBLEMS,
  "value_too_long",
  "invalid_text",
  "invalid_value",
  "too_many_values",
] as const;
export type ValueProblem = (typeof VALUE_PROBLEMS)[number];

const MAX_VALUE_PROBLEMS = 16;

const PHONE_FIELDS = ["mobile", "officePhone"] as const;

/** The name of an LDAP attribute. */
export const attributeNameSchema = text(64);

/** E.164, e.g. +32470123456. */
export const e164Schema = z.string().regex(/^\+[1-9][0-9]{5,14}$/, "must be an E.164 number");

export const directoryUserSchema = z.strictObject({
  id: userIdSchema,
  /** The name a user types: UPN in Active Directory, uid or mail elsewhere. */
  userName: text(256),
  /** Other names of the user (sAMAccountName, mail). Lowercase, sorted, without userName. */
  aliases: z.array(text(256)).max(8),
  displayName: text(256).nullable(),
  mobile: e164Schema.nullable(),
  officePhone: e164Schema.nullable(),
  alternateEmail: z.email().max(254).nullable(),
  /** Mail address. Notices go to it, and no codes: it is opened with the password that is to be reset. */
  mail: z.email().max(254).nullable().default(null),
  enabled: z.boolean(),
  /** True for a privileged account (adminCount, configured groups). The agent refuses writebacks for it. */
  protected: z.boolean(),
  /** Numbers that exist in the directory and cannot be used. */
  phoneProblems: z
    .array(z.strictObject({ field: z.enum(PHONE_FIELDS), problem: z.enum(PHONE_PROBLEMS) }))
    .max(PHONE_FIELDS.length),
  /** Other values that exist in the directory and cannot be used, such as a name or an email address; never the value itself. */
  valueProblems: z
    .array(z.strictObject({ attribute: attributeNameSchema, problem: z.enum(VALUE_PROBLEMS) }))
    .max(MAX_VALUE_PROBLEMS)
    .default([]),
});
export type DirectoryUser = z.infer<typeof directoryUserSchema>;

/**
 * Serializes the keys in a fixed order, so that equal users give equal bytes. An absent mail address and an empty list of value
 * problems are left out: users whom an earlier build stored, which did not have them, stay equal to what the directory says today.
 */
export function serializeUser(user: DirectoryUser): string {
  return JSON.stringify({
    id: user.id,
    userName: user.userName,
    aliases: user.aliases,
    displayName: user.displayName,
    mobile: user.mobile,
    officePhone: user.officePhone,
    alternateEmail: user.alternateEmail,
    ...(user.mail === null ? {} : { mail: user.mail }),
    enabled: user.enabled,
    protected: user.protected,
    phoneProblems: user.phoneProblems,
    ...(user.valueProblems.length === 0 ? {} : { valueProblems: user.valueProblems }),
  });
}

/** First 16 hex digits of SHA-256 over the serialized user. Two users with the same fingerprint count as equal. */
export function fingerprintUser(serialized: string): string {
  return hash("sha256", serialized, "hex").slice(0, 16);
}
export const userFingerprintSchema = z.string().regex(/^[0-9a-f]{16}$/);
