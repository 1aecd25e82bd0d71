/**
 * Writes the steps of jobs into the audit. The record owes each step from the very function that made it, so a node that dies
 * in between leaves the debt to the sweep: every step is audited at least once.
 */
import { setImmediate } from "node:timers/promises";
import { isAppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Audit, AuditEvent } from "../audit/audit.ts";
import type { JobRecord } from "../store/job-record.ts";
import type { AuditDebt, JobStore } from "../store/jobs.ts";

export interface JobAuditor {
  /** `event`: what it says, where whoever made the step knows; else the record is read. Never throws: what fails stays owed. */
  settle(tenantId: string, jobId: string, step: AuditDebt["step"], event?: AuditEvent): Promise<void>;
  /** What is owed for longer than `olderThanMs`. */
  settleOverdue(tenantId: string, olderThanMs: number): Promise<void>;
}

/** Debts that are taken off the list together. */
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
      await takeOff(tenantId, { jobId, step });
    } catch (error) {
      log.warn("writeback.audit.failed", { tenantId, jobId, step, error: toAppError(error) });
    }
  }

  /** The audit commits the entries of many jobs at once: what it has in one turn is taken off in one call. */
  function takeOff(tenantId: string, debt: AuditDebt): Promise<void> {
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

/** What is said of a job that was just made. */
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
