/** Shapes of a sync request, its order, progress and result, for the runner, the local endpoint and `latchkey-agent sync`. */
import { z } from "zod";
import { ERROR_CODES } from "../../shared/errors.ts";
import { runIdSchema } from "../../shared/ids.ts";
import {
  RUN_STATES,
  SYNC_POLICIES,
  SYNC_TRIGGERS,
  syncCountsSchema,
  syncProblemSchema,
} from "../../shared/protocol/frames.ts";

/** The last result is part of every status of the agent, so it stays small. */
export const MAX_RESULT_PROBLEMS = 100;

/** A run that may be forced. `user` is the text that finds one user; null for all users. */
export const syncRequestSchema = z.strictObject({
  policy: z.enum(SYNC_POLICIES),
  user: z.string().min(1).max(256).nullable(),
  dryRun: z.boolean(),
});
export type SyncRequest = z.infer<typeof syncRequestSchema>;

export const syncOrderSchema = syncRequestSchema.extend({
  runId: runIdSchema,
  trigger: z.enum(SYNC_TRIGGERS),
});
export type SyncOrder = z.infer<typeof syncOrderSchema>;

export const syncProgressSchema = z.strictObject({
  runId: runIdSchema,
  /** Entries the directory has given so far; `counts` are those the cloud has acknowledged. */
  read: z.int().min(0),
  counts: syncCountsSchema,
});
export type SyncProgress = z.infer<typeof syncProgressSchema>;

export const syncResultSchema = syncOrderSchema.extend({
  state: z.enum(RUN_STATES),
  /** The change feed used, and why it was a full one; null when the run ended before it was opened. */
  feed: z.string().max(64).nullable(),
  full: z.boolean().nullable(),
  reason: z.string().max(256).nullable(),
  counts: syncCountsSchema,
  /** The first entries and values that cannot be used, and the number of all. The cloud's record of the run lists more. */
  problems: z.strictObject({
    total: z.int().min(0),
    items: z.array(syncProblemSchema).max(MAX_RESULT_PROBLEMS),
  }),
  /** Number of deletes that wait for approval. */
  held: z.int().min(0),
  /** Epoch ms. */
  startedAt: z.int().min(0),
  durationMs: z.number().min(0),
  /** Set only when the run failed. */
  error: z.strictObject({ code: z.enum(ERROR_CODES), message: z.string() }).nullable(),
});
export type SyncResult = z.infer<typeof syncResultSchema>;
