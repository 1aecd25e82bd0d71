/** Record of a writeback job. Data from Redis is not trusted, so every field is parsed. */
import { z } from "zod";
import { AppError, ERROR_CODES, type ErrorCode } from "../../shared/errors.ts";
import { agentIdSchema } from "../../shared/ids.ts";
import { jobOrderSchema, type SignedJob, signedJobSchema } from "../../shared/sealing/job.ts";
import { sourceNumberSchema } from "../../shared/source.ts";
import {
  type AccountMark,
  accountMarkSchema,
  JOB_STATES,
  type JobState,
  type Operation,
  type Verdict,
  verdictSchema,
} from "../../shared/writeback.ts";
import { keys } from "./keys.ts";

/** A job without its sealed password, for all code except the delivery to agents. */
export interface JobRecord {
  readonly id: string;
  readonly tenantId: string;
  /** The source of the user when the job was made. */
  readonly source: number;
  readonly userId: string;
  readonly operation: Operation;
  readonly state: JobState;
  /** Null until the job is decided, and when it was applied. */
  readonly code: ErrorCode | null;
  /** Verdict of the agent. Null while undecided, and when the cloud decided (expired, cancelled, superseded, given up). */
  readonly verdict: Verdict | null;
  readonly mustChange: boolean;
  readonly unlock: boolean;
  readonly methods: readonly string[];
  /** `key:<id>`, or another value that the caller of `submit` gave. */
  readonly requestedBy: string;
  readonly cancelledBy: string | null;
  /** Times are epoch ms by the clock of Redis. */
  readonly createdAt: number;
  readonly notAfter: number;
  readonly decidedAt: number | null;
  /** Agent that decided the job, holds its grant, or was offered it last. */
  readonly agentId: string | null;
  /** Number of offers so far. */
  readonly attempts: number;
  /** States of the job so far, oldest first. */
  readonly events: readonly { readonly state: JobState; readonly at: number }[];
}

const instant = z.coerce.number().pipe(z.int().min(0));
const json = <S extends z.ZodType>(schema: S) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "is not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);

const eventsSchema = z.string().transform((text, context) =>
  text.split(" ").flatMap((event) => {
    const [name, at] = event.split("@");
    const state = JOB_STATES.find((known) => known === name);
    if (state !== undefined) return [{ state, at: Number(at) }];
    context.addIssue({ code: "custom", message: "names an unknown state" });
    return [];
  }),
);

const rowSchema = z.object({
  state: z.enum(JOB_STATES),
  code: z
    .enum([...ERROR_CODES, ""])
    .default("")
    .transform((code) => (code === "" ? null : code)),
  source: z.coerce.number().pipe(sourceNumberSchema),
  order: json(jobOrderSchema),
  verdict: json(verdictSchema).optional(),
  requestedBy: z.string().max(256),
  cancelledBy: z.string().max(256).optional(),
  createdAt: instant,
  decidedAt: instant.optional(),
  agentId: agentIdSchema.optional(),
  attempts: instant,
  events: eventsSchema,
});

export function parseRecord(tenantId: string, id: string, row: Record<string, string>): JobRecord {
  const { order, ...record } = checked(tenantId, id, rowSchema, row);
  if (order.jobId !== id || order.tenantId !== tenantId)
    throw corrupt(tenantId, id, "order: is of another job");
  return {
    id,
    tenantId,
    source: record.source,
    userId: order.userId,
    operation: order.operation,
    state: record.state,
    code: record.code,
    verdict: record.verdict ?? null,
    mustChange: order.mustChange,
    unlock: order.unlock,
    methods: order.methods,
    requestedBy: record.requestedBy,
    cancelledBy: record.cancelledBy ?? null,
    createdAt: record.createdAt,
    notAfter: order.notAfter,
    decidedAt: record.decidedAt ?? null,
    agentId: record.agentId ?? null,
    attempts: record.attempts,
    events: record.events,
  };
}

const signedRowSchema = z
  .object({ order: json(z.unknown()), sealed: json(z.unknown()), signature: z.string() })
  .pipe(signedJobSchema);
const markTextSchema = json(accountMarkSchema);

/** Parses the job that is sent to an agent. Throws RECORD_CORRUPT. */
export function parseSigned(
  tenantId: string,
  id: string,
  order: string,
  sealed: string,
  signature: string,
): SignedJob {
  const job = checked(tenantId, id, signedRowSchema, { order, sealed, signature });
  if (job.order.jobId !== id || job.order.tenantId !== tenantId)
    throw corrupt(tenantId, id, "order: is of another job");
  return job;
}

export const parseMark = (tenantId: string, id: string, text: string): AccountMark =>
  checked(tenantId, id, markTextSchema, text);

function checked<S extends z.ZodType>(tenantId: string, id: string, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw corrupt(tenantId, id, problems.join("; ").slice(0, 500));
}

const corrupt = (tenantId: string, id: string, why: string): AppError =>
  new AppError("RECORD_CORRUPT", `The record ${keys.job(tenantId, id)} is damaged: ${why}`, {
    details: { key: keys.job(tenantId, id) },
  });
