/** An agent as it is stored. Redis is outside: every field is parsed on the way in. */
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { agentIdSchema, base64url, tenantIdSchema } from "../../shared/ids.ts";
import type { AgentBody } from "../../shared/protocol/frames.ts";
import { type SealingKeyRecord, sealingKeyRecordSchema } from "../../shared/sealing/job.ts";
import { keys } from "./keys.ts";

/** pending ──► approved ──► revoked | locked; pending ──► revoked | locked. Nothing leads back: enrol anew. */
export const AGENT_STATES = ["pending", "approved", "revoked", "locked"] as const;
export type AgentState = (typeof AGENT_STATES)[number];

export interface AgentRecord {
  readonly agentId: string;
  readonly tenantId: string;
  /** Given to the enrolment token. */
  readonly name: string;
  readonly hostName: string;
  readonly platform: string;
  readonly version: string;
  readonly state: AgentState;
  /** Ed25519, base64url. */
  readonly identityKey: string;
  readonly fingerprint: string;
  readonly sealingKeys: readonly SealingKeyRecord[];
  /** As the agent said at its last connection; null before the first. */
  readonly writebackEnabled: boolean | null;
  readonly directory: AgentBody<"ready">["directory"] | null;
  readonly generation: number;
  /** Of the latest connection, while it lasts; null otherwise. Whether it lives is known by the presence. */
  readonly sessionId: string | null;
  /** Epoch ms. */
  readonly enrolledAt: number;
  /** When it was approved, revoked or locked; null while pending. */
  readonly decidedAt: number | null;
  /** `key:<id>` or `system`. */
  readonly decidedBy: string | null;
  /** When it last connected or disconnected; null before the first time. */
  readonly lastSeenAt: number | null;
}

const json = <S extends z.ZodType>(schema: S) =>
  z.string().transform((text, context): z.infer<S> => {
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: "custom", message: "is not the JSON it should be" });
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
  fingerprint: z.string(),
  sealingKeys: sealingKeysSchema,
  writebackEnabled: z
    .enum(["true", "false"])
    .transform((flag) => flag === "true")
    .optional(),
  directory: json(
    z.object({
      dialect: z.enum(["active-directory", "openldap", "generic"]).nullable(),
      server: z.string().nullable(),
      healthy: z.boolean(),
    }),
  ).optional(),
  generation: instant,
  sessionId: z.string().optional(),
  enrolledAt: instant,
  decidedAt: instant.optional(),
  decidedBy: z.string().optional(),
  lastSeenAt: instant.optional(),
});

/** Null for the empty hash that Redis gives when there is none. Throws RECORD_CORRUPT. */
export function parseAgent(
  tenantId: string,
  agentId: string,
  fields: Record<string, string>,
): AgentRecord | null {
  if (Object.keys(fields).length === 0) return null;
  const parsed = storedSchema.safeParse(fields);
  if (!parsed.success || parsed.data.agentId !== agentId || parsed.data.tenantId !== tenantId)
    throw corrupt(tenantId, agentId);
  const { writebackEnabled, directory, decidedAt, decidedBy, lastSeenAt, sessionId, ...rest } = parsed.data;
  return {
    ...rest,
    writebackEnabled: writebackEnabled ?? null,
    directory: directory ?? null,
    sessionId: sessionId === undefined || sessionId === "" ? null : sessionId,
    decidedAt: decidedAt ?? null,
    decidedBy: decidedBy ?? null,
    lastSeenAt: lastSeenAt ?? null,
  };
}

/** Of the record's field alone. Throws RECORD_CORRUPT. */
export function parseSealingKeys(tenantId: string, agentId: string, text: string): SealingKeyRecord[] {
  const parsed = sealingKeysSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw corrupt(tenantId, agentId);
}

const corrupt = (tenantId: string, agentId: string): AppError =>
  new AppError("RECORD_CORRUPT", `The record ${keys.agent(tenantId, agentId)} does not parse.`);
