/** Every frame between agent and cloud, declared once: strict, bounded, told apart by `type`. docs/protocol.md shows each. */
import { z } from "zod";
import { accountViewSchema, MAX_ASKED_GROUPS, signInVerdictSchema } from "../account.ts";
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
import { sealedPasswordSchema, sealingKeyRecordSchema, signedJobSchema } from "../sealing/job.ts";
import { receiptSchema } from "../sealing/receipt.ts";
import { signInOrderSchema } from "../sealing/sign-in.ts";
import { directoryUserSchema, userFingerprintSchema } from "../user.ts";
import { accountMarkSchema } from "../writeback.ts";
import { LIMITS } from "./limits.ts";

const count = z.int().min(0).max(1_000_000_000);
const instant = z.int().min(0);
const empty = z.strictObject({});

// ---- Sync: what a run carries ------------------------------------------------------------------------------------

export const SYNC_POLICIES = ["delta", "initial"] as const;
export type SyncPolicy = (typeof SYNC_POLICIES)[number];
/** Who wanted the run. */
export const SYNC_TRIGGERS = ["schedule", "agent", "cloud", "recovery"] as const;

/** The agent's position in its directory's change feed. The cloud keeps it next to the data and never looks inside. */
export const cursorSchema = z.string().max(LIMITS.maxCursorBytes);

/** Why an entry was left out. The entry's other data stay in the directory. */
export const REJECT_REASONS = [
  "no_id",
  "several_ids",
  "no_user_name",
  "value_too_long",
  "invalid_text",
  "invalid_value",
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

export const syncChangeSchema = z.discriminatedUnion("kind", [
  /** A user in scope, whole. */
  z.strictObject({ kind: z.literal("user"), user: directoryUserSchema, fingerprint: userFingerprintSchema }),
  /** Dry run: a user in scope by digest only, so that nothing personal leaves. */
  z.strictObject({ kind: z.literal("digest"), id: userIdSchema, fingerprint: userFingerprintSchema }),
  /** In scope and unchanged, as far as the directory says. */
  z.strictObject({ kind: z.literal("present"), ids: z.array(userIdSchema).min(1).max(1000) }),
  /** No longer in the directory, or no longer in scope. */
  z.strictObject({ kind: z.literal("gone"), id: userIdSchema, reason: z.enum(["deleted", "left_scope"]) }),
  /** In the directory, in scope, and unusable. `id` when it is known. */
  z.strictObject({
    kind: z.literal("rejected"),
    id: userIdSchema.nullable(),
    reason: z.enum(REJECT_REASONS),
    /** Which attribute, never its value. */
    attribute: z.string().max(64).nullable(),
  }),
]);
export type SyncChange = z.infer<typeof syncChangeSchema>;

/** What a run counts, in the order of every reply, record, metric and table. `functions/sync` has the same list in Lua. */
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
 * In `held` every change is committed except the deletions, which wait for an administrator. It becomes `done` when none
 * of them is left to decide, because each of those users came back.
 */
const OPEN_RUN_STATES = ["requested", "running"] as const;
export const RUN_STATES = [...OPEN_RUN_STATES, "done", "held", "approved", "discarded", "failed"] as const;
export type RunState = (typeof RUN_STATES)[number];
export const isOpenRun = ({ state }: { readonly state: RunState }): boolean =>
  (OPEN_RUN_STATES as readonly RunState[]).includes(state);

// ---- Questions, which one node may ask by way of another ---------------------------------------------------------

export const accountLookSchema = z.strictObject({
  userId: userIdSchema,
  /** DNs: is the account in them? */
  groups: z.array(z.string().min(1).max(1024)).max(MAX_ASKED_GROUPS),
});

export const accountSignInSchema = z.strictObject({
  /** Whom the order's subject stands for. */
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

// ---- Agent to cloud ----------------------------------------------------------------------------------------------

const agentFrames = {
  /** First frame of the agent, once it has stored the generation and checked the cloud's signature. */
  ready: z.strictObject({
    generation: z.int().min(1),
    version: z.string().min(1).max(32),
    /** Jobs it will take at a time. */
    credits: z.int().min(0).max(64),
    writebackEnabled: z.boolean(),
    /** Outcomes in the journal that the cloud has not acknowledged. */
    pendingOutcomes: count,
    sealingKeys: z.array(sealingKeyRecordSchema).min(1).max(2),
    directory: z.strictObject({
      dialect: z.enum(["active-directory", "openldap", "generic"]).nullable(),
      server: z.string().max(255).nullable(),
      healthy: z.boolean(),
    }),
    /** Epoch ms on the agent, for the skew. */
    sentAt: instant,
  }),
  /** A new sealing key; the one before stays good for jobs already sealed to it. Answer: ack. */
  "sealing_key.announce": z.strictObject({ keys: z.array(sealingKeyRecordSchema).min(1).max(2) }),

  /** "May I?" Right before the write, with what the account looks like. Answer: job.grant or job.deny. */
  "job.claim": z.strictObject({ jobId: jobIdSchema, mark: accountMarkSchema.nullable() }),
  /** Not now, and nothing was sent to the directory. No answer. */
  "job.nack": z.strictObject({
    jobId: jobIdSchema,
    code: z.enum(ERROR_CODES),
    retryAfterMs: z.int().min(0).max(MINUTE_MS),
  }),
  /** What came of it. Repeated until job.ack. */
  "job.outcome": z.strictObject({ receipt: receiptSchema }),

  /** The answer to account.look. */
  "account.seen": accountViewSchema,
  /** The answer to account.sign_in. */
  "account.signed_in": signInVerdictSchema,

  /** Answer: sync.begun, or error. Taking the sync lease is part of it. */
  "sync.begin": z.strictObject({
    /** The requested run when the cloud asked for it or it is to be joined, else a new id. */
    runId: runIdSchema,
    policy: z.enum(SYNC_POLICIES),
    trigger: z.enum(SYNC_TRIGGERS),
    dryRun: z.boolean(),
    /** The text that found the one user, for a run of one user. Such a run moves no cursor and deletes at most that user. */
    user: z.string().min(1).max(256).nullable(),
  }),
  /**
   * The next part of a run. Sequence 1, 2, 3, …; repeated after a reconnect without harm. `cursor`, where given, is committed
   * in the same step as the changes. Answer: sync.ack, or error SYNC_GAP / SYNC_LEASE_LOST.
   */
  "sync.batch": z.strictObject({
    runId: runIdSchema,
    sequence: z.int().min(1),
    changes: z.array(syncChangeSchema).max(LIMITS.maxBatchChanges),
    cursor: cursorSchema.nullable(),
  }),
  /**
   * The run is complete. `sweep`: it named everybody in scope, so whom it did not name is gone. The cursor is committed with the
   * deletes, or with their being held. Answer: sync.finished.
   */
  "sync.finish": z.strictObject({
    runId: runIdSchema,
    sequence: z.int().min(1),
    sweep: z.boolean(),
    cursor: cursorSchema.nullable(),
    read: count,
  }),
  /** The run cannot go on; the cursor stays. Answer: sync.finished. */
  "sync.fail": z.strictObject({
    runId: runIdSchema,
    code: z.enum(ERROR_CODES),
    reason: z.string().max(1024),
  }),
  /** Which change feed the run uses and why, for the run's record. No answer. */
  "sync.note": z.strictObject({
    runId: runIdSchema,
    feed: z.string().max(64),
    full: z.boolean(),
    reason: z.string().max(256).nullable(),
  }),
} as const;

// ---- Cloud to agent ----------------------------------------------------------------------------------------------

const cloudFrames = {
  /** First frame of the cloud after the upgrade. */
  welcome: z.strictObject({
    sessionId: ulidSchema,
    agentId: agentIdSchema,
    tenantId: tenantIdSchema,
    generation: z.int().min(1),
    approved: z.boolean(),
    serverTime: instant,
    node: z.string().min(1).max(64),
    /** By the service key, see sealing/enrollment.ts. */
    signature: base64url(64),
  }),
  /** The approval came while connected. */
  approved: empty,
  "job.offer": z.strictObject({ job: signedJobSchema }),
  "job.grant": z.strictObject({
    jobId: jobIdSchema,
    leaseMs: z.int().min(1).max(LIMITS.leaseMs),
    /** `verify`: somebody was granted before; look first, and in `verify` without `mayApply` never write. */
    mode: z.enum(["apply", "verify"]),
    mayApply: z.boolean(),
    /** What the first granted agent saw. */
    mark: accountMarkSchema.nullable(),
  }),
  "job.deny": z.strictObject({
    jobId: jobIdSchema,
    /** `final`: decided, forget it. `busy`: another one holds the grant; an offer will come again. */
    reason: z.enum(["final", "busy", "unknown"]),
  }),
  /** This outcome is stored; the agent may forget it. `receipt`: its hash, for a later one may be on its way already. */
  "job.ack": z.strictObject({ jobId: jobIdSchema, receipt: base64url(32) }),

  /** What does the directory say of this account now? Answer: account.seen, or error. An agent that does not know it says so. */
  "account.look": accountLookSchema,
  /** Does this password open the account? Answer: account.signed_in, or error. Repeated, it gets the first answer. */
  "account.sign_in": accountSignInSchema,

  /** Force a run. Answer: ack when it is taken, error otherwise. */
  "sync.request": syncRequestSchema,
  "sync.begun": z.strictObject({
    runId: runIdSchema,
    /** The last committed position; null: start from nothing. */
    cursor: cursorSchema.nullable(),
    /** Users the cloud holds, so that an empty directory is noticed. */
    users: count,
    /** For a run of one user that the directory no longer finds: whom the cloud knows by that name. */
    userId: userIdSchema.nullable(),
  }),
  "sync.ack": z.strictObject({ runId: runIdSchema, sequence: z.int().min(1), counts: syncCountsSchema }),
  "sync.finished": z.strictObject({
    runId: runIdSchema,
    state: z.enum(RUN_STATES),
    counts: syncCountsSchema,
    /** Deletes that wait for approval. */
    held: count,
  }),

  /** No new work from this node; come back elsewhere within the window. */
  goaway: z.strictObject({ reconnectWithinMs: z.int().min(0).max(600_000) }),
} as const;

// ---- Both ways ---------------------------------------------------------------------------------------------------

const sharedFrames = {
  ack: empty,
  /** The answer to a request that failed, or word of a frame whose type is unknown here (then the link goes on). */
  error: z.strictObject({ code: z.enum(ERROR_CODES), message: z.string().max(1024) }),
} as const;

const MAX_COUNTER = Number.MAX_SAFE_INTEGER;

function envelope<T extends string, B extends z.ZodType>(type: T, body: B) {
  return z.strictObject({
    v: z.literal(1),
    /** Counts the frames of one direction from 1: a gap or repeat on an ordered channel is a bug or an attack. */
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

/** Type → schema of the whole frame. */
export const agentFrameSchemas = schemasOf(agentCatalogue);
export const cloudFrameSchemas = schemasOf(cloudCatalogue);
