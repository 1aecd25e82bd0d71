/**
 * Every frame between agent and cloud: strict, bounded, and told apart by `type`. docs/protocol.md shows an example of
 * each.
 */
import { z } from "zod";
import { accountViewSchema, DIALECTS, MAX_ASKED_GROUPS, signInVerdictSchema } from "../account.ts";
import { MINUTE_MS } from "../durations.ts";
import { ERROR_CODES } from "../errors.ts";
import {
  agentIdSchema,
  base64url,
  jobIdSchema,
  runIdSchema,
  tenantIdSchema,
  ulidSchema,
  userIdSchema,
} from "../ids.ts";
import { printableText } from "../printable.ts";
import { sealedPasswordSchema, sealingKeyRecordSchema, signedJobSchema } from "../sealing/job.ts";
import { receiptSchema } from "../sealing/receipt.ts";
import { signInOrderSchema } from "../sealing/sign-in.ts";
import { statedDirectorySchema } from "../source.ts";
import { attributeNameSchema, directoryUserSchema, userFingerprintSchema, VALUE_PROBLEMS } from "../user.ts";
import { accountMarkSchema } from "../writeback.ts";
import { LIMITS } from "./limits.ts";

const count = z.int().min(0).max(1_000_000_000);
const instant = z.int().min(0);
const empty = z.strictObject({});

// ---- Sync: the content of a run ----------------------------------------------------------------------------------

export const SYNC_POLICIES = ["delta", "initial"] as const;
export type SyncPolicy = (typeof SYNC_POLICIES)[number];
/** The causes of a run. */
export const SYNC_TRIGGERS = ["schedule", "agent", "cloud", "recovery", "push"] as const;
/** True for a run that no person or program asked for. */
export const startsByItself = (trigger: (typeof SYNC_TRIGGERS)[number]): boolean =>
  trigger !== "agent" && trigger !== "cloud";

/** The agent's position in its directory's change feed. The cloud stores it with the data and never interprets it. */
export const cursorSchema = z.string().max(LIMITS.maxCursorBytes);

/** Reasons why an entry was left out. Only its id and DN leave the directory, and the name of the attribute concerned. */
export const REJECT_REASONS = [
  "no_id",
  "several_ids",
  "no_user_name",
  "value_too_long",
  "invalid_text",
  "invalid_value",
  /** Another source of the tenant has a user with this id. */
  "other_source",
  /** A copy that replication made of an entry with the same name (CNF in Active Directory, nsds5ReplConflict). */
  "replication_conflict",
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/** DN of an entry that cannot be used, or that has a value that cannot be used. A longer one is cut, see `listedDn`. */
const dnSchema = z.string().min(1).max(LIMITS.maxDnLength);

export const syncChangeSchema = z.discriminatedUnion("kind", [
  /** A user in scope, complete. */
  z.strictObject({ kind: z.literal("user"), user: directoryUserSchema, fingerprint: userFingerprintSchema }),
  /** For a dry run: a user in scope, by fingerprint only, so that no personal data leaves the directory. */
  z.strictObject({
    kind: z.literal("digest"),
    id: userIdSchema,
    fingerprint: userFingerprintSchema,
    /** True for a user with a mobile or office number that cannot be used. */
    unusableNumber: z.boolean(),
  }),
  /** Users in scope that the directory reports as unchanged. */
  z.strictObject({ kind: z.literal("present"), ids: z.array(userIdSchema).min(1).max(1000) }),
  /** A user who is no longer in the directory, or no longer in scope. */
  z.strictObject({ kind: z.literal("gone"), id: userIdSchema, reason: z.enum(["deleted", "left_scope"]) }),
  /**
   * An entry in scope that cannot be used. `id` is null when it is unknown. `dn` is null after LIMITS.maxRunProblems entries
   * and values: then it is counted and not listed.
   */
  z.strictObject({
    kind: z.literal("rejected"),
    id: userIdSchema.nullable(),
    dn: dnSchema.nullable(),
    reason: z.enum(REJECT_REASONS),
    /** The attribute concerned, never its value. */
    attribute: attributeNameSchema.nullable(),
  }),
  /** A value that a user is synced without. `dn` as for a rejected entry. */
  z.strictObject({
    kind: z.literal("unusable"),
    id: userIdSchema,
    dn: dnSchema.nullable(),
    reason: z.enum(VALUE_PROBLEMS),
    attribute: attributeNameSchema,
  }),
  /** The DN of a user whom the cloud rejected, because another source has a user with this id (`sync.ack`). */
  z.strictObject({ kind: z.literal("other_source"), id: userIdSchema, dn: dnSchema }),
]);
export type SyncChange = z.infer<typeof syncChangeSchema>;

export const PROBLEM_REASONS = [...new Set([...REJECT_REASONS, ...VALUE_PROBLEMS])] as const;
export type ProblemReason = (typeof PROBLEM_REASONS)[number];
/** An entry or a value of a run that cannot be used. Never the value itself. */
export const syncProblemSchema = z.strictObject({
  /** `entry`: the user is not synced. `value`: the user is synced without this value. */
  what: z.enum(["entry", "value"]),
  id: userIdSchema.nullable(),
  dn: dnSchema.nullable(),
  attribute: attributeNameSchema.nullable(),
  reason: z.enum(PROBLEM_REASONS),
});
export type SyncProblem = z.infer<typeof syncProblemSchema>;

/** Returns a DN as a run lists it: cut after LIMITS.maxDnLength characters, with an ellipsis that says so. */
export function listedDn(dn: string): string {
  if (dn.length <= LIMITS.maxDnLength) return dn;
  const cut = dn.slice(0, LIMITS.maxDnLength - 1);
  // Half of a pair of surrogates is no text.
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

const presentIdsIn = (changes: readonly SyncChange[]): number =>
  changes.reduce((sum, change) => sum + (change.kind === "present" ? change.ids.length : 0), 0);

/**
 * The counts of a run, in the order of every reply, record, metric and table. `functions/sync` has the same list in
 * Lua.
 */
export const SYNC_COUNTS = [
  /** Entries in scope that the directory returned. */
  "read",
  "added",
  "changed",
  "unchanged",
  "deleted",
  "rejected",
  /** Users whose mobile or office number exists but cannot be used. */
  "unusableNumbers",
] as const;
export type SyncCount = (typeof SYNC_COUNTS)[number];
/** `unusableNumbers` → `unusable numbers`, for tables. */
export const showCountName = (name: SyncCount): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const forEachCount = <T>(value: T): Record<SyncCount, T> =>
  Object.fromEntries(SYNC_COUNTS.map((name) => [name, value])) as Record<SyncCount, T>;

export const syncCountsSchema = z.strictObject(forEachCount(count));
export type SyncCounts = z.infer<typeof syncCountsSchema>;
export const NO_COUNTS: SyncCounts = forEachCount(0);

/**
 * The states of a run:
 *
 *   requested ──► running ──► done | failed
 *       │            └──────► held ──► approved | discarded | done
 *       └──► failed
 *
 * In `held` every change is committed except the deletions, which wait for an administrator. It becomes `done` when
 * none of them is left to decide, because each of those users came back.
 */
const OPEN_RUN_STATES = ["requested", "running"] as const;
export const RUN_STATES = [...OPEN_RUN_STATES, "done", "held", "approved", "discarded", "failed"] as const;
export type RunState = (typeof RUN_STATES)[number];
export const isOpenRun = ({ state }: { readonly state: RunState }): boolean =>
  (OPEN_RUN_STATES as readonly RunState[]).includes(state);

// ---- Questions, which one node may ask by way of another ---------------------------------------------------------

export const accountLookSchema = z.strictObject({
  userId: userIdSchema,
  /** DNs of groups. The answer names those that the account is a member of. */
  groups: z.array(z.string().min(1).max(1024)).max(MAX_ASKED_GROUPS),
});

export const accountSignInSchema = z.strictObject({
  /** The user that the order's subject stands for. */
  userId: userIdSchema,
  order: signInOrderSchema,
  /** The issuer's signature over the order, see sealing/sign-in.ts. */
  token: base64url(64),
  sealed: sealedPasswordSchema,
});

export const syncRequestSchema = z.strictObject({
  runId: runIdSchema,
  policy: z.enum(SYNC_POLICIES),
  dryRun: z.boolean(),
  user: z.string().min(1).max(256).nullable(),
});

const directoryFactsSchema = z.strictObject({
  dialect: z.enum(DIALECTS).nullable(),
  server: printableText(255).nullable(),
  healthy: z.boolean(),
  /** The directory that the agent serves, and its scope in it. Null while the agent has not reached it. */
  stated: statedDirectorySchema.nullable(),
});

// ---- Agent to cloud ----------------------------------------------------------------------------------------------

const agentFrames = {
  /** The agent's first frame, sent after it has checked the cloud's signature and stored the generation. */
  ready: z.strictObject({
    generation: z.int().min(1),
    version: printableText(32),
    /** Jobs that the agent accepts at the same time. */
    credits: z.int().min(0).max(64),
    writebackEnabled: z.boolean(),
    /** Outcomes in the journal that the cloud has not acknowledged yet. */
    pendingOutcomes: count,
    sealingKeys: z.array(sealingKeyRecordSchema).min(1).max(2),
    directory: directoryFactsSchema,
    /** Epoch ms on the agent, to measure the clock skew. */
    sentAt: instant,
  }),
  /** Announces a new sealing key. The previous key stays valid for jobs that are already sealed to it. Answer: ack. */
  "sealing_key.announce": z.strictObject({ keys: z.array(sealingKeyRecordSchema).min(1).max(2) }),

  /**
   * States the directory, once the agent has reached it after `ready`, and again when its scope changes. Answer: ack, or
   * error AGENT_OTHER_DIRECTORY.
   */
  "directory.announce": directoryFactsSchema,

  /** Asks for permission right before the write, with the state of the account. Answer: job.grant or job.deny. */
  "job.claim": z.strictObject({ jobId: jobIdSchema, mark: accountMarkSchema.nullable() }),
  /** Returns a job for now; nothing was sent to the directory. No answer. */
  "job.nack": z.strictObject({
    jobId: jobIdSchema,
    code: z.enum(ERROR_CODES),
    retryAfterMs: z.int().min(0).max(MINUTE_MS),
  }),
  /** The result of a job. Repeated until job.ack. */
  "job.outcome": z.strictObject({ receipt: receiptSchema }),

  /** The answer to account.look. */
  "account.seen": accountViewSchema,
  /** The answer to account.sign_in. */
  "account.signed_in": signInVerdictSchema,

  /** Begins a run and takes the sync lease. Answer: sync.begun, or error. */
  "sync.begin": z.strictObject({
    /** The id of the run that the cloud requested or that this one joins, otherwise a new id. */
    runId: runIdSchema,
    policy: z.enum(SYNC_POLICIES),
    trigger: z.enum(SYNC_TRIGGERS),
    dryRun: z.boolean(),
    /**
     * For a run of one user: the text that names the user. Such a run moves no cursor and deletes at most that user.
     */
    user: z.string().min(1).max(256).nullable(),
  }),
  /**
   * The next part of a run, numbered 1, 2, 3, … It may be repeated after a reconnect. `cursor`, where given, is
   * committed in the same step as the changes. Answer: sync.ack, or error SYNC_GAP / SYNC_LEASE_LOST.
   */
  "sync.batch": z.strictObject({
    runId: runIdSchema,
    sequence: z.int().min(1),
    changes: z
      .array(syncChangeSchema)
      .max(LIMITS.maxBatchChanges)
      .refine((changes) => presentIdsIn(changes) <= LIMITS.maxBatchIds, "too many ids of unchanged users"),
    cursor: cursorSchema.nullable(),
  }),
  /**
   * Completes a run. With `sweep` the run named every user in scope, so users that it did not name are gone. The cursor
   * is committed in the same step in which the deletions are made or held. Answer: sync.finished.
   */
  "sync.finish": z.strictObject({
    runId: runIdSchema,
    sequence: z.int().min(1),
    sweep: z.boolean(),
    cursor: cursorSchema.nullable(),
    read: count,
  }),
  /** Ends a run that cannot continue; the cursor does not move. Answer: sync.finished. */
  "sync.fail": z.strictObject({
    runId: runIdSchema,
    code: z.enum(ERROR_CODES),
    reason: z.string().max(1024),
  }),
  /** The change feed of the run and the reason for it, for the run's record. No answer. */
  "sync.note": z.strictObject({
    runId: runIdSchema,
    feed: z.string().max(64),
    full: z.boolean(),
    reason: z.string().max(256).nullable(),
  }),
} as const;

// ---- Cloud to agent ----------------------------------------------------------------------------------------------

const cloudFrames = {
  /** The cloud's first frame after the upgrade. */
  welcome: z.strictObject({
    sessionId: ulidSchema,
    agentId: agentIdSchema,
    tenantId: tenantIdSchema,
    generation: z.int().min(1),
    approved: z.boolean(),
    serverTime: instant,
    node: z.string().min(1).max(64),
    /** Made with the service key, see sealing/enrollment.ts. */
    signature: base64url(64),
  }),
  /** The agent was approved while it was connected. */
  approved: empty,
  "job.offer": z.strictObject({ job: signedJobSchema }),
  "job.grant": z.strictObject({
    jobId: jobIdSchema,
    leaseMs: z.int().min(1).max(LIMITS.leaseMs),
    /** `verify`: an agent held a grant before, so look first, and write only if `mayApply` is true. */
    mode: z.enum(["apply", "verify"]),
    mayApply: z.boolean(),
    /** The state of the account that the first granted agent read. */
    mark: accountMarkSchema.nullable(),
  }),
  "job.deny": z.strictObject({
    jobId: jobIdSchema,
    /** `final`: the job is decided. `busy`: another agent holds the grant, and a new offer will follow. */
    reason: z.enum(["final", "busy", "unknown"]),
  }),
  /**
   * The outcome is stored, and the agent may delete it. `receipt` is its hash, because a later one may already be on
   * its way.
   */
  "job.ack": z.strictObject({ jobId: jobIdSchema, receipt: base64url(32) }),

  /**
   * Asks for the current state of an account. Answer: account.seen, or error. An older agent answers that it does not
   * know this frame.
   */
  "account.look": accountLookSchema,
  /**
   * Asks the agent to try a password. Answer: account.signed_in, or error. A repeated request gets the first answer
   * again.
   */
  "account.sign_in": accountSignInSchema,

  /** Requests a run. Answer: ack when the agent accepts it, error otherwise. */
  "sync.request": syncRequestSchema,
  "sync.begun": z.strictObject({
    runId: runIdSchema,
    /** The last committed position. Null: read all users. */
    cursor: cursorSchema.nullable(),
    /** Number of users that the cloud holds, so that the agent notices an empty answer of the directory. */
    users: count,
    /**
     * For a run of one user: id of the user that the cloud has under that name, in case the directory no longer finds
     * one.
     */
    userId: userIdSchema.nullable(),
  }),
  "sync.ack": z.strictObject({
    runId: runIdSchema,
    sequence: z.int().min(1),
    counts: syncCountsSchema,
    /**
     * Ids of the batch's `present` that the cloud does not know: users who came into scope without a change of their own
     * entry, such as with a moved OU. The agent reads these entries and sends them whole in the same run.
     */
    unknown: z.array(userIdSchema).max(LIMITS.maxBatchIds),
    /** Ids of users of the batch whom the cloud rejected, because another source has them. The agent then sends their DNs. */
    otherSource: z.array(userIdSchema).max(LIMITS.maxBatchChanges),
  }),
  "sync.finished": z.strictObject({
    runId: runIdSchema,
    state: z.enum(RUN_STATES),
    counts: syncCountsSchema,
    /** Deletions that wait for approval. */
    held: count,
  }),

  /** This node gives no new work. The agent reconnects, to another node, within the window. */
  goaway: z.strictObject({ reconnectWithinMs: z.int().min(0).max(600_000) }),
} as const;

// ---- Both ways ---------------------------------------------------------------------------------------------------

const sharedFrames = {
  ack: empty,
  /** Answers a request that failed, or a frame of unknown type (the link then stays open). */
  error: z.strictObject({ code: z.enum(ERROR_CODES), message: z.string().max(1024) }),
} as const;

const MAX_COUNTER = Number.MAX_SAFE_INTEGER;

function envelope<T extends string, B extends z.ZodType>(type: T, body: B) {
  return z.strictObject({
    v: z.literal(1),
    /**
     * Number of the frame in its direction, from 1. A gap or repetition on an ordered channel is a bug or an attack.
     */
    n: z.int().min(1).max(MAX_COUNTER),
    id: ulidSchema,
    type: z.literal(type),
    /** The id of the frame this one answers. */
    re: ulidSchema.optional(),
    body,
  });
}

type Catalogue = Readonly<Record<string, z.ZodType>>;
type FrameOf<C extends Catalogue> = {
  [T in keyof C & string]: {
    v: 1;
    n: number;
    id: string;
    type: T;
    re?: string | undefined;
    body: z.infer<C[T]>;
  };
}[keyof C & string];

const agentCatalogue = { ...agentFrames, ...sharedFrames };
const cloudCatalogue = { ...cloudFrames, ...sharedFrames };

export type AgentFrame = FrameOf<typeof agentCatalogue>;
export type CloudFrame = FrameOf<typeof cloudCatalogue>;
export type AgentFrameType = AgentFrame["type"];
export type CloudFrameType = CloudFrame["type"];
export type AgentBody<T extends AgentFrameType> = Extract<AgentFrame, { type: T }>["body"];
export type CloudBody<T extends CloudFrameType> = Extract<CloudFrame, { type: T }>["body"];

const schemasOf = (catalogue: Catalogue): ReadonlyMap<string, z.ZodType> =>
  new Map(Object.entries(catalogue).map(([type, body]) => [type, envelope(type, body)]));

/** The schema of the whole frame, by type. */
export const agentFrameSchemas = schemasOf(agentCatalogue);
export const cloudFrameSchemas = schemasOf(cloudCatalogue);
