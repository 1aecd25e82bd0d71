/**
 * Writes the steps of jobs to the audit log. The Redis function that makes a step also notes in the record that its entry is
 * due, so the sweep writes the entry for a node that dies in between: every step is audited at least once.
 */
import { setImmediate } from "node:timers/promises";
import { isAppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Audit, AuditEvent } from "../audit/audit.ts";
import type { JobRecord } from "../store/job-record.ts";
import type { AuditDebt, JobStore } from "../store/jobs.ts";

export interface JobAuditor {
  /** Without `event`, the record is read to make the entry. Never throws: an entry that fails stays due. */
  settle(tenantId: string, jobId: string, step: AuditDebt["step"], event?: AuditEvent): Promise<void>;
  /** Writes the entries that are due for longer than `olderThanMs`. */
  settleOverdue(tenantId: string, olderThanMs: number): Promise<void>;
}

/** Entries that are removed from the list of due entries together. */
interface Settlement {
  readonly debts: AuditDebt[];
  readonly done: Promise<void>;
}

export function createJobAuditor({
  audit,
  jobs,
  log,
}: {
  readonly audit: Audit;
  readonly jobs: JobStore;
  readonly log: Logger;
}): JobAuditor {
  const settlements = new Map<string, Settlement>();

  async function settle(
    tenantId: string,
    jobId: string,
    step: AuditDebt["step"],
    event?: AuditEvent,
  ): Promise<void> {
    try {
      const entry = event ?? (await eventOf(tenantId, jobId, step));
      if (entry !== null) await audit.append(entry);
      await crossOff(tenantId, { jobId, step });
    } catch (error) {
      log.warn("writeback.audit.failed", { tenantId, jobId, step, error: toAppError(error) });
    }
  }

  /** The audit log commits the entries of many jobs together, so those of one turn are removed in one call. */
  function crossOff(tenantId: string, debt: AuditDebt): Promise<void> {
    const open = settlements.get(tenantId);
    if (open !== undefined) {
      open.debts.push(debt);
      return open.done;
    }
    const debts = [debt];
    const done = setImmediate().then(() => {
      settlements.delete(tenantId);
      return jobs.audited(tenantId, debts);
    });
    settlements.set(tenantId, { debts, done });
    return done;
  }

  async function eventOf(
    tenantId: string,
    jobId: string,
    step: AuditDebt["step"],
  ): Promise<AuditEvent | null> {
    try {
      const record = await jobs.find(tenantId, jobId);
      if (record !== null) return auditEventOf(record, step);
      log.warn("writeback.audit.record_missing", { tenantId, jobId, step });
      return null;
    } catch (error) {
      if (!isAppError(error, "RECORD_CORRUPT")) throw error;
      log.error("writeback.record.corrupt", { tenantId, jobId, error });
      return {
        tenantId,
        action: `writeback.${step}`,
        actor: "system",
        subject: `job:${jobId}`,
        outcome: "failed",
        code: error.code,
        correlationId: jobId,
      };
    }
  }

  return {
    settle,
    async settleOverdue(tenantId, olderThanMs) {
      for (const { jobId, step } of await jobs.unaudited(tenantId, olderThanMs))
        await settle(tenantId, jobId, step);
    },
  };
}

type SubmittedJob = Pick<
  JobRecord,
  "id" | "tenantId" | "userId" | "operation" | "mustChange" | "unlock" | "methods"
>;

/** The audit entry of a job that was just created. */
export const submittedEvent = (job: SubmittedJob, requestedBy: string): AuditEvent => ({
  tenantId: job.tenantId,
  action: "writeback.submitted",
  actor: requestedBy,
  subject: `user:${job.userId}`,
  outcome: "done",
  correlationId: job.id,
  details: {
    operation: job.operation,
    mustChange: job.mustChange,
    unlock: job.unlock,
    methods: job.methods.join(","),
  },
});

export function auditEventOf(record: JobRecord, step: AuditDebt["step"]): AuditEvent {
  const { tenantId, id, userId, operation, verdict } = record;
  const common = {
    tenantId,
    action: `writeback.${step}`,
    subject: `user:${userId}`,
    correlationId: id,
  } as const;
  switch (step) {
    case "submitted":
      return submittedEvent(record, record.requestedBy);
    case "cancelled":
      return {
        ...common,
        actor: record.cancelledBy ?? "system",
        outcome: "done",
        code: record.code,
        details: { operation },
      };
    case "decided":
    case "corrected":
      return {
        ...common,
        actor: verdict === null || record.agentId === null ? "system" : `agent:${record.agentId}`,
        outcome: outcomeOf(record),
        code: record.code,
        details: {
          operation,
          state: record.state,
          attempts: record.attempts,
          verified: verdict?.verified ?? null,
          server: verdict?.server ?? null,
        },
      };
  }
}

function outcomeOf({ state }: JobRecord): AuditEvent["outcome"] {
  if (state === "applied") return "done";
  return state === "unknown" || state === "expired" || state === "not_applied" ? "failed" : "refused";
}
