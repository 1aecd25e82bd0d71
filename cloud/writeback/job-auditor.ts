/**
 * Writes the steps of jobs into the audit. The record owes each step from the very function that made it, so a node that dies
 * in between leaves the debt to the sweep: every step is audited at least once.
 */
import { isAppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Audit, AuditEvent } from "../audit/audit.ts";
import type { JobRecord } from "../store/job-record.ts";
import type { AuditDebt, JobStore } from "../store/jobs.ts";

export interface JobAuditor {
  /** Never throws: what fails stays owed. */
  settle(tenantId: string, jobId: string, step: AuditDebt["step"]): Promise<void>;
  /** What is owed for longer than `olderThanMs`. */
  settleOverdue(tenantId: string, olderThanMs: number): Promise<void>;
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
  async function settle(tenantId: string, jobId: string, step: AuditDebt["step"]): Promise<void> {
    try {
      const event = await eventOf(tenantId, jobId, step);
      if (event !== null) await audit.append(event);
      await jobs.audited(tenantId, { jobId, step });
    } catch (error) {
      log.warn("writeback.audit.failed", { tenantId, jobId, step, error: toAppError(error) });
    }
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
        ...{ tenantId, action: `writeback.${step}`, actor: "system", subject: `job:${jobId}` },
        ...{ outcome: "failed", code: error.code, correlationId: jobId },
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
      return {
        ...common,
        actor: record.requestedBy,
        outcome: "done",
        details: {
          ...{ operation, mustChange: record.mustChange, unlock: record.unlock },
          methods: record.methods.join(","),
        },
      };
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
          ...{ operation, state: record.state, attempts: record.attempts },
          ...{ verified: verdict?.verified ?? null, server: verdict?.server ?? null },
        },
      };
  }
}

function outcomeOf({ state }: JobRecord): AuditEvent["outcome"] {
  if (state === "applied") return "done";
  return state === "unknown" || state === "expired" || state === "not_applied" ? "failed" : "refused";
}
