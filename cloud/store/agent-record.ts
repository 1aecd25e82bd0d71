/**
 * Record of an agent. Data from Redis is not trusted: every field is parsed, and what decides is authenticated (see
 * agent-proofs.ts).
 */
import { z } from "zod";
import { type DialectName, DIALECTS } from "../../shared/account.ts";
import { AppError } from "../../shared/errors.ts";
import { agentIdSchema, base64url, tenantIdSchema } from "../../shared/ids.ts";
import { type SealingKeyRecord, sealingKeyRecordSchema } from "../../shared/sealing/job.ts";
import { fingerprintKey } from "../../shared/sealing/signing-key.ts";
import {
  directoryIdentitySchema,
  directoryScopeSchema,
  sourceNumberSchema,
  type StatedDirectory,
} from "../../shared/source.ts";
import { approvalText, enrolmentText, type Proof } from "./agent-proofs.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

/**
 * pending ──► approved ──► revoked | locked; pending ──► revoked | locked. A revoked or locked agent cannot return: it must enrol
 * again.
 */
export const AGENT_STATES = ["pending", "approved", "revoked", "locked"] as const;
/** `forged`: the record claims to be pending or approved, and no node has written that. Such an agent may do nothing. */
export type AgentState = (typeof AGENT_STATES)[number] | "forged";

/** Facts about the connection to the directory. */
export interface DirectoryFacts {
  readonly dialect: DialectName | null;
  readonly server: string | null;
  readonly healthy: boolean;
}

export interface AgentRecord {
  readonly agentId: string;
  readonly tenantId: string;
  /** Name that was given to the enrolment token. */
  readonly name: string;
  readonly hostName: string;
  readonly platform: string;
  readonly version: string;
  readonly state: AgentState;
  /** Ed25519 public key in base64url. */
  readonly identityKey: string;
  readonly fingerprint: string;
  /** True when it may sync before its approval, while the tenant never had an approved agent. */
  readonly isFirst: boolean;
  readonly sealingKeys: readonly SealingKeyRecord[];
  /** Reported by the agent at its last connection; null before the first. */
  readonly writebackEnabled: boolean | null;
  readonly directory: DirectoryFacts | null;
  /** The directory that the agent has stated last; null before it has reached one. */
  readonly stated: StatedDirectory | null;
  /** The source that it is bound to; null before its approval. */
  readonly source: number | null;
  /** The directory's key of that source. An agent that states another one serves another directory. */
  readonly sourceKey: string | null;
  readonly generation: number;
  /** Id of the latest session, null after it was closed. The presence knows whether the session is still alive. */
  readonly sessionId: string | null;
  /** Epoch ms. */
  readonly enrolledAt: number;
  /** Time at which it was approved, revoked or locked; null while pending. */
  readonly decidedAt: number | null;
  /** `key:<id>` or `system`. */
  readonly decidedBy: string | null;
  /** Time at which it last connected or disconnected; null before the first time. */
  readonly lastSeenAt: number | null;
}

const json = <S extends z.ZodType>(schema: S) =>
  z.string().transform((text, context): z.infer<S> => {
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: "custom", message: "is not valid JSON of the expected form" });
      return z.NEVER;
    }
  });
const instant = z.coerce.number().int().min(0);

const sealingKeysSchema = json(z.array(sealingKeyRecordSchema));

const storedSchema = z.object({
  agentId: agentIdSchema,
  tenantId: tenantIdSchema,
  name: z.string(),
  hostName: z.string(),
  platform: z.string(),
  version: z.string(),
  state: z.enum(AGENT_STATES),
  identityKey: base64url(32),
  first: z
    .string()
    .default("")
    .transform((flag) => flag === "1"),
  enrolment: z.string().default(""),
  approval: z.string().default(""),
  sealingKeys: sealingKeysSchema,
  writebackEnabled: z
    .enum(["true", "false"])
    .transform((flag) => flag === "true")
    .optional(),
  directory: json(
    z.object({
      dialect: z.enum(DIALECTS).nullable(),
      server: z.string().nullable(),
      healthy: z.boolean(),
    }),
  ).optional(),
  identity: json(directoryIdentitySchema).optional(),
  scope: json(directoryScopeSchema).optional(),
  source: z.coerce.number().pipe(sourceNumberSchema).optional(),
  sourceKey: z.string().optional(),
  generation: instant,
  sessionId: z.string().optional(),
  enrolledAt: instant,
  decidedAt: instant.optional(),
  decidedBy: z.string().optional(),
  lastSeenAt: instant.optional(),
});

/** Reads an agent's record; null when there is none. Throws RECORD_CORRUPT. */
export async function readAgent(
  store: Pick<Store, "redis" | "mac" | "refusals">,
  tenantId: string,
  agentId: string,
): Promise<AgentRecord | null> {
  const fields = await guard(() => store.redis.hgetall(keys.agent(tenantId, agentId)));
  return parseAgent(store, tenantId, agentId, fields);
}

/**
 * Parses an agent's record, and reports it when it is forged. Null for the empty hash that Redis returns when there is no
 * record. Throws RECORD_CORRUPT.
 */
export function parseAgent(
  { mac, refusals }: Pick<Store, "mac" | "refusals">,
  tenantId: string,
  agentId: string,
  fields: Record<string, string>,
): AgentRecord | null {
  if (Object.keys(fields).length === 0) return null;
  const parsed = storedSchema.safeParse(fields);
  if (!parsed.success || parsed.data.agentId !== agentId || parsed.data.tenantId !== tenantId)
    throw corrupt(tenantId, agentId);
  const stored = parsed.data;
  const key = keys.agent(tenantId, agentId);
  const isForged = proofsOf(stored).some((proof) => !mac.verify(key, proof.text, proof.mac));
  if (isForged) refusals.refuse({ kind: "agent", tenantId, key });
  const { identity, scope, sessionId = "" } = stored;
  return {
    agentId,
    tenantId,
    name: stored.name,
    hostName: stored.hostName,
    platform: stored.platform,
    version: stored.version,
    state: isForged ? "forged" : stored.state,
    identityKey: stored.identityKey,
    fingerprint: fingerprintKey(stored.identityKey),
    isFirst: stored.first,
    sealingKeys: stored.sealingKeys,
    writebackEnabled: stored.writebackEnabled ?? null,
    directory: stored.directory ?? null,
    stated: identity === undefined || scope === undefined ? null : { identity, scope },
    source: stored.source ?? null,
    sourceKey: stored.sourceKey ?? null,
    generation: stored.generation,
    sessionId: sessionId === "" ? null : sessionId,
    enrolledAt: stored.enrolledAt,
    decidedAt: stored.decidedAt ?? null,
    decidedBy: stored.decidedBy ?? null,
    lastSeenAt: stored.lastSeenAt ?? null,
  };
}

/**
 * Returns what an agent in this state must have a MAC of, and the MAC that it has. An empty text cannot be authenticated. A
 * revoked or locked agent needs none.
 */
function proofsOf(stored: z.infer<typeof storedSchema>): readonly Proof[] {
  const { state, name, identityKey, enrolledAt, first, source, sourceKey, decidedAt, decidedBy } = stored;
  if (state !== "pending" && state !== "approved") return [];
  const text = enrolmentText({ name, identityKey, enrolledAt, isFirst: first });
  const enrolment = { field: "enrolment", text, mac: stored.enrolment };
  if (state === "pending") return [enrolment];
  const isDecided =
    source !== undefined && sourceKey !== undefined && decidedAt !== undefined && decidedBy !== undefined;
  const decision = isDecided ? approvalText({ identityKey, source, sourceKey, decidedAt, decidedBy }) : "";
  return [enrolment, { field: "approval", text: decision, mac: stored.approval }];
}

/** The same for the fields of a record. Null for a record that cannot be read. */
export function agentProofs(fields: Record<string, string>): readonly Proof[] | null {
  const parsed = storedSchema.safeParse(fields);
  return parsed.success ? proofsOf(parsed.data) : null;
}

/** True for an agent whose directory is another one than its source's: it neither syncs nor gets jobs. */
export const servesOtherDirectory = ({
  stated,
  sourceKey,
}: Pick<AgentRecord, "stated" | "sourceKey">): boolean =>
  stated !== null && sourceKey !== null && stated.identity.key !== sourceKey;

/** Returns the record's fields for what an agent states about its directory. Nothing stated leaves them as they are. */
export const statedFields = (stated: StatedDirectory | null): string[] =>
  stated === null
    ? []
    : [
        "directoryKey",
        stated.identity.key,
        "directoryName",
        stated.identity.name,
        "identity",
        JSON.stringify(stated.identity),
        "scope",
        JSON.stringify(stated.scope),
      ];

/** Parses only the field with the sealing keys. Throws RECORD_CORRUPT. */
export function parseSealingKeys(tenantId: string, agentId: string, text: string): SealingKeyRecord[] {
  const parsed = sealingKeysSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw corrupt(tenantId, agentId);
}

const corrupt = (tenantId: string, agentId: string): AppError =>
  new AppError("RECORD_CORRUPT", `The record ${keys.agent(tenantId, agentId)} is damaged.`);
