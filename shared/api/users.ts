import { z } from "zod";
import { PROBLEM_REASONS, syncProblemSchema } from "../protocol/frames.ts";
import { sourceNumberSchema } from "../source.ts";
import { directoryUserSchema } from "../user.ts";
import { instant } from "./instant.ts";
import { registrationSchema } from "./registrations.ts";
import { syncRunSchema } from "./sync-runs.ts";
import { writebackSchema } from "./writebacks.ts";

export const storedUserSchema = z.object({
  ...directoryUserSchema.shape,
  /** Number of the source that the user was read from. */
  source: sourceNumberSchema,
  createdAt: instant,
  changedAt: instant,
  /**
   * When the mobile number last changed, or when the user was added. Null for a number that the first complete run of the source
   * found and that has not changed since. The next two are the same for the office number and the alternate address.
   */
  numberChangedAt: instant.nullable(),
  officePhoneChangedAt: instant.nullable(),
  alternateEmailChangedAt: instant.nullable(),
});
export type StoredUser = z.infer<typeof storedUserSchema>;

export const userQuerySchema = z.strictObject({
  /** Beginning of a user name or alias; all users when left out. */
  q: z.string().trim().max(256).default(""),
  /**
   * Only users with a number, name or address that cannot be used: for this reason, or for `any`. The answer then has
   * `rejected` too. `true` means `any`.
   */
  problem: z
    .enum(["any", "true", "false", ...PROBLEM_REASONS])
    .default("false")
    .transform((problem) => (problem === "true" ? "any" : problem === "false" ? null : problem)),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const userListSchema = z.object({
  items: z.array(storedUserSchema),
  /** Number of users of the tenant. */
  total: z.int().min(0),
  /**
   * With `problem` and without `q`: entries in scope that cannot be used, as of the last run that read them. Their users are
   * not synced, or stay as they were.
   */
  rejected: z.array(z.object({ ...syncProblemSchema.shape, source: sourceNumberSchema })),
  /** Number of these entries; `rejected` has at most `limit` of them. */
  totalRejected: z.int().min(0),
});

export const timelineEntrySchema = z.object({
  at: instant,
  /** For example `user.created`, `user.number_changed`, `writeback.applied`, `sync.done`. */
  event: z.string(),
  /** Id of the writeback or run that the entry belongs to. */
  id: z.string().nullable(),
  text: z.string(),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

export const userDetailsSchema = z.object({
  user: storedUserSchema,
  writebacks: z.array(writebackSchema),
  /** The last completed run of all users or of this user. */
  lastSync: syncRunSchema.nullable(),
  registration: registrationSchema,
  /** Until when self-service is blocked for this user after too many failures; null when it is not blocked. */
  blockedUntil: instant.nullable(),
  /** Newest first. */
  timeline: z.array(timelineEntrySchema),
});
export type UserDetails = z.infer<typeof userDetailsSchema>;
