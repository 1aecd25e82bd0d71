/** Reports a finished run to log, audit log and metrics. The caller that ended the run reports it, once. */
import { toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { startsByItself } from "../../shared/protocol/frames.ts";
import type { Audit } from "../audit/audit.ts";
import type { SyncRun } from "../store/sync-run.ts";

export type RunReporter = (tenantId: string, run: SyncRun) => Promise<void>;

export interface RunReporterDeps {
  readonly audit: Audit;
  readonly log: Logger;
  readonly onRun: (tenantId: string, run: SyncRun) => void;
}

/**
 * Number of names that administrators are told of. Fewer are left to `latchkey user search --ambiguous`: a few people have an account
 * in two directories.
 */
const MANY_SHARED_NAMES = 10;

export function createRunReporter({ audit, log, onRun }: RunReporterDeps): RunReporter {
  return async (tenantId, run) => {
    onRun(tenantId, run);
    const { id: runId, source, agentId, policy, trigger, dryRun, feed, full, counts, held, code } = run;
    const ms = (run.finishedAt ?? 0) - (run.startedAt ?? run.requestedAt);
    const fields = {
      tenantId,
      source,
      runId,
      agentId,
      policy,
      trigger,
      dryRun,
      feed,
      full,
      counts,
      held,
      ms,
    };
    const isHeld = run.state === "held";
    if (run.state === "failed") log.warn("sync.run.failed", { ...fields, code, reason: run.message });
    else log[isHeld ? "warn" : "info"](isHeld ? "sync.run.held" : "sync.run.finished", fields);

    try {
      if (run.sharedNames >= MANY_SHARED_NAMES)
        await audit.append({
          tenantId,
          action: "sync.names_shared",
          actor: agentId === null ? "system" : `agent:${agentId}`,
          subject: `run:${runId}`,
          outcome: "done",
          correlationId: runId,
          details: { source, names: run.sharedNames },
        });
      if (!isWorthAuditing(run)) return;
      await audit.append({
        tenantId,
        action: isHeld ? "sync.held" : "sync.finished",
        actor: agentId === null ? "system" : `agent:${agentId}`,
        subject: `run:${runId}`,
        outcome: run.state === "failed" ? "failed" : "done",
        code,
        correlationId: runId,
        details: { source, policy, trigger, dryRun, held, ...counts },
      });
    } catch (error) {
      // The run is stored. A missing audit entry must not make the agent repeat it.
      log.error("sync.audit.failed", { tenantId, runId, error: toAppError(error) });
    }
  };
}

/** False for a scheduled run that found nothing new, because an entry every other minute would fill the audit log. */
function isWorthAuditing({ trigger, state, counts }: SyncRun): boolean {
  const isRoutine = startsByItself(trigger);
  return !isRoutine || state !== "done" || counts.added + counts.changed + counts.deleted > 0;
}
