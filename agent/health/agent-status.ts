/** Status of a running agent. `latchkey-agent status`, the metrics and the readiness are made from it. */
import { z } from "zod";
import { ERROR_CODES } from "../../shared/errors.ts";
import { agentIdSchema, tenantIdSchema } from "../../shared/ids.ts";
import { DIALECTS } from "../directory/directory.ts";
import { LINK_PHASES } from "../link/link.ts";
import { pushStatusSchema } from "../sync/push-listener.ts";
import { syncOrderSchema, syncProgressSchema, syncResultSchema } from "../sync/sync-result.ts";
import { BRAKE_LIMITS } from "../writeback/journal-records.ts";

const instant = z.int().min(0);
const count = z.int().min(0);
const fault = z.strictObject({ code: z.enum(ERROR_CODES), message: z.string().max(4096) });

/** Instants are epoch ms. */
export const agentStatusSchema = z.strictObject({
  version: z.string().max(32),
  agentId: agentIdSchema,
  tenantId: tenantIdSchema,
  fingerprint: z.string().max(64),
  /** Number of its connections, by which the cloud tells it from a copy. */
  generation: count,
  hostName: z.string().max(255),
  cloudUrl: z.string().max(2048),
  startedAt: instant,
  link: z.strictObject({
    phase: z.enum(LINK_PHASES),
    approved: z.boolean().nullable(),
    sessionId: z.string().max(26).nullable(),
    node: z.string().max(64).nullable(),
    connectedAt: instant.nullable(),
    clockSkewMs: z.number().nullable(),
    attempts: count,
    nextAttemptAt: z.number().nullable(),
    lastError: fault.nullable(),
  }),
  directory: z.strictObject({
    /** Null before the first answer. */
    dialect: z.enum(DIALECTS).nullable(),
    server: z.string().max(255).nullable(),
    healthy: z.boolean(),
    checkedAt: instant.nullable(),
    error: fault.nullable(),
    /** The accounts that sign in by certificate. `daysLeft`: null while its files cannot be used. */
    certificates: z
      .array(z.strictObject({ account: z.enum(["bind", "writebackBind"]), daysLeft: z.number().nullable() }))
      .max(2),
  }),
  sync: z.strictObject({
    schedule: z.string().max(256),
    running: syncOrderSchema.extend({ progress: syncProgressSchema.nullable() }).nullable(),
    waiting: count,
    last: syncResultSchema.nullable(),
    lastSuccessAt: instant.nullable(),
    push: pushStatusSchema,
  }),
  writeback: z.strictObject({
    enabled: z.boolean(),
    journal: z.enum(["ok", "unavailable"]),
    /** The limit that engaged the brake; null while it is off. */
    brake: z.enum(BRAKE_LIMITS).nullable(),
    writesLastHour: count,
    /** Jobs that wait or run. */
    jobs: count,
    /** Jobs reported `unknown` whose account is still being looked at. */
    watched: count,
    /** Outcomes the cloud has not acknowledged yet. */
    pendingOutcomes: count,
  }),
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;
