import { z } from "zod";
import { agentIdSchema, runIdSchema, userIdSchema } from "../ids.ts";
import {
  REJECT_REASONS,
  RUN_STATES,
  SYNC_POLICIES,
  SYNC_TRIGGERS,
  syncCountsSchema,
} from "../protocol/frames.ts";
import { instant } from "./instant.ts";

export const syncRunSchema = z.object({
  id: runIdSchema,
  policy: z.enum(SYNC_POLICIES),
  trigger: z.enum(SYNC_TRIGGERS),
  /** `key:<id>`, `agent:<id>`, `system`. */
  requestedBy: z.string().nullable(),
  agentId: agentIdSchema.nullable(),
  /** The text that found the one user, for a run of one user. */
  user: z.string().nullable(),
  dryRun: z.boolean(),
  state: z.enum(RUN_STATES),
  requestedAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  /** Which change feed it used, whether it read everybody, and why. */
  feed: z.string().nullable(),
  full: z.boolean().nullable(),
  reason: z.string().nullable(),
  counts: syncCountsSchema,
  rejections: z.partialRecord(z.enum(REJECT_REASONS), z.int().min(0)),
  /** Deletes that wait for approval. */
  held: z.int().min(0),
  /** Why it failed. */
  code: z.string().nullable(),
  message: z.string().nullable(),
  /** Who approved or discarded the deletes, and when. */
  decidedBy: z.string().nullable(),
  decidedAt: instant.nullable(),
});
export type SyncRun = z.infer<typeof syncRunSchema>;

export const syncRunListSchema = z.object({ items: z.array(syncRunSchema) });

export const startSyncRunSchema = z.strictObject({
  policy: z.enum(SYNC_POLICIES).default("delta"),
  /** One user only, by name or id. */
  user: z.string().trim().min(1).max(256).optional(),
  dryRun: z.boolean().default(false),
});

export const startedSyncRunSchema = z.object({
  run: syncRunSchema,
  /** A run that covers this was under way: it is that one. */
  joined: z.boolean(),
});

/** Whom a held run would delete. */
export const heldUsersSchema = z.object({
  run: syncRunSchema,
  users: z.array(
    z.object({
      userId: userIdSchema,
      /** Null when the user is no longer stored. */
      userName: z.string().nullable(),
      reason: z.enum(["deleted", "left_scope", "absent"]),
    }),
  ),
});

export const limitQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
