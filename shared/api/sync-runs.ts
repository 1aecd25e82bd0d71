import { z } from "zod";
import { agentIdSchema, runIdSchema, userIdSchema } from "../ids.ts";
import {
  REJECT_REASONS,
  RUN_STATES,
  SYNC_POLICIES,
  SYNC_TRIGGERS,
  syncCountsSchema,
  syncProblemSchema,
} from "../protocol/frames.ts";
import { LIMITS } from "../protocol/limits.ts";
import { sourceNumberSchema } from "../source.ts";
import { VALUE_PROBLEMS } from "../user.ts";
import { instant } from "./instant.ts";

export const syncRunSchema = z.object({
  id: runIdSchema,
  /** Number of the source, see `GET …/sources`. */
  source: sourceNumberSchema,
  policy: z.enum(SYNC_POLICIES),
  trigger: z.enum(SYNC_TRIGGERS),
  /** `key:<id>`, `agent:<id>`, `system`. */
  requestedBy: z.string().nullable(),
  agentId: agentIdSchema.nullable(),
  /** For a run of one user: the text that names the user. */
  user: z.string().nullable(),
  dryRun: z.boolean(),
  state: z.enum(RUN_STATES),
  requestedAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  /** The change feed of the run, whether it read all users, and why. */
  feed: z.string().nullable(),
  full: z.boolean().nullable(),
  reason: z.string().nullable(),
  /** How the agent's bases, filter or groups changed. Then all deletions of the run are held. */
  scopeChange: z.string().nullable(),
  counts: syncCountsSchema,
  /** Number of entries that cannot be used, by reason. Their users are not synced. */
  rejections: z.partialRecord(z.enum(REJECT_REASONS), z.int().min(0)),
  /** Number of values that cannot be used, by reason. Their users are synced without them. */
  unusableValues: z.partialRecord(z.enum(VALUE_PROBLEMS), z.int().min(0)),
  /** Number of all of these; see `GET …/sync-runs/{runId}/problems`. */
  problems: z.int().min(0),
  /** Number of entries without a usable id. If there is one, all deletions of a run of all users are held. */
  withoutId: z.int().min(0),
  /** Number of deletions that wait for approval. */
  held: z.int().min(0),
  /** Why the run failed. */
  code: z.string().nullable(),
  message: z.string().nullable(),
  /** The key that approved or discarded the deletions, and the time. */
  decidedBy: z.string().nullable(),
  decidedAt: instant.nullable(),
});
export type SyncRun = z.infer<typeof syncRunSchema>;

export const syncRunListSchema = z.object({ items: z.array(syncRunSchema) });

export const startSyncRunSchema = z.strictObject({
  policy: z.enum(SYNC_POLICIES).default("delta"),
  /** Name or id, to sync one user only. */
  user: z.string().trim().min(1).max(256).optional(),
  dryRun: z.boolean().default(false),
  /** Name or number of a source; when left out, the user's, or all of them with a run each. */
  source: z.string().trim().min(1).max(1024).optional(),
});

export const startedSyncRunSchema = z.object({
  run: syncRunSchema,
  /** True when `run` is a run in progress that covers the request. */
  joined: z.boolean(),
  /** All runs of the request, one for each source. `run` is the first. */
  runs: z.array(z.object({ run: syncRunSchema, joined: z.boolean() })),
  /** Names of sources without a run, because no agent that serves them is connected. */
  offline: z.array(z.string()),
});

/** The users that a held run would delete. */
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

/** A page of the entries and values that a run cannot use, sorted by DN. */
export const runProblemsSchema = z.object({
  run: syncRunSchema,
  items: z.array(syncProblemSchema),
  /** Number of those that are listed. `run.problems` counts all, listed or not. */
  listed: z.int().min(0),
  /** `offset` of the next page; null for the last one. */
  next: z.int().min(0).nullable(),
});

export const problemQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  offset: z.coerce.number().int().min(0).max(LIMITS.maxRunProblems).default(0),
});

export const limitQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
