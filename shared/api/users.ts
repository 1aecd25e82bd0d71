import { z } from "zod";
import { directoryUserSchema } from "../user.ts";
import { instant } from "./instant.ts";
import { registrationSchema } from "./registrations.ts";
import { syncRunSchema } from "./sync-runs.ts";
import { writebackSchema } from "./writebacks.ts";

export const storedUserSchema = z.object({
  ...directoryUserSchema.shape,
  createdAt: instant,
  changedAt: instant,
  /** When the mobile number last changed; null: it has not since the user came. */
  numberChangedAt: instant.nullable(),
});
export type StoredUser = z.infer<typeof storedUserSchema>;

export const userQuerySchema = z.strictObject({
  /** Beginning of a user name or alias; everybody when left out. */
  q: z.string().trim().max(256).default(""),
  /** Only users with a number that cannot be used. */
  problem: z.stringbool({ truthy: ["true"], falsy: ["false"] }).default(false),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const userListSchema = z.object({
  items: z.array(storedUserSchema),
  /** Users of the tenant. */
  total: z.int().min(0),
});

export const timelineEntrySchema = z.object({
  at: instant,
  /** e.g. `user.created`, `user.number_changed`, `writeback.applied`, `sync.done`. */
  event: z.string(),
  /** The writeback or run it belongs to. */
  id: z.string().nullable(),
  text: z.string(),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

export const userDetailsSchema = z.object({
  user: storedUserSchema,
  writebacks: z.array(writebackSchema),
  /** The last run of everybody or of this user that came to its end. */
  lastSync: syncRunSchema.nullable(),
  registration: registrationSchema,
  /** Self-service is closed for this person until then, after too many failures; null when it is not. */
  blockedUntil: instant.nullable(),
  /** Newest first. */
  timeline: z.array(timelineEntrySchema),
});
export type UserDetails = z.infer<typeof userDetailsSchema>;
