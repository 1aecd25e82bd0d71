/** Ends runs and reports each of them once, to log, audit log and metrics. */
import { AppError } from "../../shared/errors.ts";
import { isOpenRun } from "../../shared/protocol/frames.ts";
import type { RunOutcome, RunStore } from "../store/runs.ts";
import type { SyncRun } from "../store/sync-run.ts";
import type { RunReporter } from "./run-reporter.ts";

export interface RunEndings {
  /** Throws SYNC_RUN_UNKNOWN. */
  get(tenantId: string, runId: string): Promise<SyncRun>;
  report(tenantId: string, runId: string): Promise<void>;
  /** Fails the run and reports it, unless it was over already. `agentId` is null when no agent took the run. */
  fail(
    tenantId: string,
    agentId: string | null,
    runId: string,
    error: Pick<AppError, "code" | "message">,
  ): Promise<RunOutcome>;
  /** Completes the end of a run, a bounded part with each call of the store, and reports it. */
  resume(tenantId: string, runId: string): Promise<RunOutcome>;
}

export function createRunEndings(deps: {
  readonly runs: Pick<RunStore, "get" | "fail" | "resume">;
  readonly report: RunReporter;
}): RunEndings {
  const { runs } = deps;

  async function get(tenantId: string, runId: string): Promise<SyncRun> {
    const run = await runs.get(tenantId, runId);
    if (run === null) throw new AppError("SYNC_RUN_UNKNOWN", `No sync run has the id ${runId.slice(0, 64)}.`);
    return run;
  }

  async function report(tenantId: string, runId: string): Promise<void> {
    await deps.report(tenantId, await get(tenantId, runId));
  }

  return {
    get,
    report,
    async fail(tenantId, agentId, runId, { code, message }) {
      const before = await get(tenantId, runId);
      const outcome = await runs.fail(tenantId, agentId, runId, code, message);
      if (isOpenRun(before) && outcome.state === "failed") await report(tenantId, runId);
      return outcome;
    },
    async resume(tenantId, runId) {
      for (;;) {
        const outcome = await runs.resume(tenantId, runId);
        if (outcome === null) continue;
        await report(tenantId, runId);
        return outcome;
      }
    },
  };
}
