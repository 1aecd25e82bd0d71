/** The record of one sync run. */
import { z } from "zod";
import { AppError, ERROR_CODES } from "../../shared/errors.ts";
import { agentIdSchema, runIdSchema } from "../../shared/ids.ts";
import {
  REJECT_REASONS,
  RUN_STATES,
  SYNC_COUNTS,
  SYNC_POLICIES,
  SYNC_TRIGGERS,
  syncCountsSchema,
} from "../../shared/protocol/frames.ts";
import { sourceNumberSchema } from "../../shared/source.ts";
import { VALUE_PROBLEMS } from "../../shared/user.ts";

const instant = z.int().min(0);

/** One sync run as it is in the history. */
export const syncRunSchema = z.strictObject({
  id: runIdSchema,
  /** Number of the source whose users the run reads. */
  source: sourceNumberSchema,
  policy: z.enum(SYNC_POLICIES),
  trigger: z.enum(SYNC_TRIGGERS),
  /** `key:<id>` for a run that was requested through the cloud. */
  requestedBy: z.string().nullable(),
  agentId: agentIdSchema.nullable(),
  /** Name or id the caller gave for a run of one user; otherwise null. */
  user: z.string().nullable(),
  dryRun: z.boolean(),
  state: z.enum(RUN_STATES),
  /** All times are epoch milliseconds. */
  requestedAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  /** The change feed the agent used, whether it read all users (`full`), and why (`reason`). */
  feed: z.string().nullable(),
  full: z.boolean().nullable(),
  reason: z.string().nullable(),
  /** How the agent's bases, filter or groups differ from those that deletions were last made in. Null: not at all. */
  scopeChange: z.string().nullable(),
  /** The changes that a dry run would have made. */
  counts: syncCountsSchema,
  /** Entries that cannot be used, by reason. */
  rejections: z.partialRecord(z.enum(REJECT_REASONS), z.int().min(0)),
  /** Values that cannot be used, by reason. */
  unusableValues: z.partialRecord(z.enum(VALUE_PROBLEMS), z.int().min(0)),
  /** Number of entries and values that cannot be used. At most LIMITS.maxRunProblems of them are listed. */
  problems: z.int().min(0),
  /** Number of entries without a usable id. If there is one, all deletions of a run of all users are held. */
  withoutId: z.int().min(0),
  /** Names that this run brought and that users of another source have too, so that they find nobody. */
  sharedNames: z.int().min(0),
  /** Deletions that wait for an administrator. In a dry run: deletions that would wait. */
  held: z.int().min(0),
  /** Error that failed the run. */
  code: z.enum(ERROR_CODES).nullable(),
  message: z.string().nullable(),
  /** `key:<id>` that approved or discarded the deletions, and the time. */
  decidedBy: z.string().nullable(),
  decidedAt: instant.nullable(),
});
export type SyncRun = z.infer<typeof syncRunSchema>;

/** Parses a stored run. `prefix` is the key's prefix, for the error text. Throws RECORD_CORRUPT. */
export function parseRun(prefix: string, runId: string, record: Readonly<Record<string, string>>): SyncRun {
  const text = (field: string): string | null => (record[field] === "" ? null : (record[field] ?? null));
  const number = (field: string): number => Number(record[field] ?? 0);
  const time = (field: string): number | null => (record[field] === undefined ? null : number(field));
  const byReason = (kind: string, reasons: readonly string[]): Record<string, number> =>
    Object.fromEntries(
      reasons
        .filter((reason) => record[`${kind}:${reason}`] !== undefined)
        .map((reason) => [reason, number(`${kind}:${reason}`)]),
    );
  const parsed = syncRunSchema.safeParse({
    id: runId,
    source: number("source"),
    policy: record["policy"],
    trigger: record["trigger"],
    requestedBy: text("requestedBy"),
    agentId: text("agentId"),
    user: text("user"),
    dryRun: record["dryRun"] === "1",
    state: record["state"],
    requestedAt: number("requestedAt"),
    startedAt: time("startedAt"),
    finishedAt: time("finishedAt"),
    feed: text("feed"),
    full: record["full"] === undefined ? null : record["full"] === "1",
    reason: text("reason"),
    scopeChange: text("scopeChange"),
    counts: Object.fromEntries(SYNC_COUNTS.map((field) => [field, number(field)])),
    rejections: byReason("rejected", REJECT_REASONS),
    unusableValues: byReason("unusable", VALUE_PROBLEMS),
    problems: number("problems"),
    withoutId: number("withoutId"),
    sharedNames: number("sharedNames"),
    held: number("held"),
    code: text("code"),
    message: text("message"),
    decidedBy: text("decidedBy"),
    decidedAt: time("decidedAt"),
  });
  if (parsed.success) return parsed.data;
  throw new AppError("RECORD_CORRUPT", `The record ${prefix}${runId} is damaged.`, {
    cause: parsed.error,
  });
}
