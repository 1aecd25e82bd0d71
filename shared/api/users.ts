import { z } from "zod";
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
  /** When the mobile number last changed; null when it has not changed since the user was added. */
  numberChangedAt: instant.nullable(),
});
export type StoredUser = z.infer<typeof storedUserSchema>;

export const userQuerySchema = z.strictObject({
  /** Beginning of a user name or alias; all users when left out. */
  q: z.string().trim().max(256).default(""),
  /** True for only those users who have a number that cannot be used. */
  problem: z.stringbool({ truthy: ["true"], falsy: ["false"] }).default(false),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const userListSchema = z.object({
  items: z.array(storedUserSchema),
  /** Number of users of the tenant. */
  total: z.int().min(0),
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
