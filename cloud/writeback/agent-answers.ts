/** Handles what agents send about jobs: claims, postponements and outcomes. The gateway calls it with parsed frames. */
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { AgentBody } from "../../shared/protocol/frames.ts";
import { isReceiptAuthentic } from "../../shared/sealing/receipt.ts";
import type { JobStore, Outcome } from "../store/jobs.ts";
import type { Delivery } from "./delivery.ts";
import { auditEventOf, type JobAuditor } from "./job-auditor.ts";
import type { ClaimAnswer, OfferSession } from "./writeback-service.ts";

export interface AgentAnswers {
  claim(session: OfferSession, body: AgentBody<"job.claim">): Promise<ClaimAnswer>;
  nack(session: OfferSession, body: AgentBody<"job.nack">): Promise<void>;
  outcome(session: OfferSession, body: AgentBody<"job.outcome">): Promise<void>;
}

/** An agent whose claim was denied because another agent is busy with the user is not offered the job again before this. */
const BUSY_MS = 250;

export function createAgentAnswers(deps: {
  readonly jobs: JobStore;
  readonly delivery: Pick<Delivery, "nacked">;
  readonly auditor: JobAuditor;
  /** Wakes the requests that wait for this job, here and on these nodes. Never throws. */
  announce(tenantId: string, jobId: string, decided: Pick<Outcome, "nodes" | "record">): Promise<void>;
  readonly log: Logger;
}): AgentAnswers {
  const { jobs, delivery, auditor, log } = deps;

  return {
    async claim(session, { jobId, mark }) {
      const { tenantId, agentId, source } = session;
      if (!session.approved) throw new AppError("AGENT_NOT_APPROVED");
      if (!session.writebackEnabled) throw new AppError("WRITEBACK_DISABLED");
      if (source === null) throw new AppError("AGENT_OTHER_DIRECTORY");
      const claim = await jobs.claim(tenantId, jobId, { agentId, source }, mark);
      if (claim.kind === "deny") {
        log.debug("writeback.job.denied", { tenantId, jobId, agentId, reason: claim.reason });
        if (claim.reason === "busy") delivery.nacked(session, jobId, BUSY_MS);
        return { type: "job.deny", body: { jobId, reason: claim.reason } };
      }
      const { mode, mayApply, leaseMs } = claim;
      log.info("writeback.job.granted", { tenantId, jobId, agentId, mode, mayApply, leaseMs });
      return { type: "job.grant", body: { jobId, leaseMs, mode, mayApply, mark: claim.mark } };
    },

    async nack(session, { jobId, code, retryAfterMs }) {
      const { tenantId, agentId } = session;
      if (!(await jobs.nack(tenantId, jobId, agentId))) return;
      log.info("writeback.job.postponed", { tenantId, jobId, agentId, code, retryAfterMs });
      delivery.nacked(session, jobId, retryAfterMs);
    },

    async outcome(session, { receipt }) {
      const { tenantId, agentId } = session;
      const { jobId, verdict } = receipt;
      if (!session.approved) throw new AppError("AGENT_NOT_APPROVED");
      if (
        receipt.tenantId !== tenantId ||
        receipt.agentId !== agentId ||
        !isReceiptAuthentic(session.identityKey, receipt)
      )
        throw new AppError("AGENT_PROOF_INVALID", `The receipt for job ${jobId} is not this agent's.`);

      const outcome = await jobs.outcome(receipt);
      const { kind, record } = outcome;
      const fields = { tenantId, jobId, agentId, state: verdict.state, code: verdict.code };
      switch (kind) {
        case "decided":
        case "corrected":
          log.info(`writeback.job.${kind}`, fields);
          await Promise.all([
            deps.announce(tenantId, jobId, outcome),
            auditor.settle(tenantId, jobId, kind, record === null ? undefined : auditEventOf(record, kind)),
          ]);
          return;
        case "same":
          return; // repeated, because the answer to the first one was lost
        case "mismatch":
          log.error("writeback.outcome.wrong_user", fields);
          throw new AppError("AGENT_PROOF_INVALID", `The receipt for job ${jobId} names another user.`);
        case "kept":
          log.error("writeback.outcome.contradicts", fields);
          return;
        case "stray":
          log.warn("writeback.outcome.stray", fields);
          return;
        case "missing":
          log.warn("writeback.outcome.record_missing", fields); // past its retention, or lost with the store
          return;
      }
    },
  };
}
