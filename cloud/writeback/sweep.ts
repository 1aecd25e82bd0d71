/**
 * Compensates for lost messages between nodes. Every few seconds each node fetches waiting jobs for its agents. One
 * elected node also expires jobs whose time is over and adds to the queue what it lacks. It does no harm when two nodes
 * do it at once.
 */
import type { Clock } from "../../shared/clock.ts";
import { toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { JobStore } from "../store/jobs.ts";
import type { JobAuditor } from "./job-auditor.ts";
import type { JobQueues } from "./job-queues.ts";
import type { JobSignals } from "./job-signals.ts";
import type { JobPlace } from "./offer-choice.ts";

export interface SweepDeps {
  readonly node: string;
  readonly everyMs: number;
  /** Steps that are missing in the audit log for longer than this are added. */
  readonly auditOverdueMs: number;
  readonly jobs: JobStore;
  readonly queues: JobQueues;
  readonly signals: JobSignals;
  readonly auditor: JobAuditor;
  /** The sources of the tenant that an agent of this node serves. */
  sourcesHere(tenantId: string): readonly number[];
  fetch(place: JobPlace): void;
  /** Tells every node that holds an agent of the tenant. Never throws. */
  wake(place: JobPlace): Promise<void>;
  readonly log: Logger;
  readonly clock: Clock;
}

export function startSweep(deps: SweepDeps): Closable {
  const { node, everyMs, jobs, queues, signals, auditor, log, clock } = deps;
  const closing = new AbortController();

  async function sweepTenant(tenantId: string): Promise<void> {
    for (const jobId of await jobs.expire(tenantId)) {
      log.info("writeback.job.timed_out", { tenantId, jobId });
      signals.notify(jobId);
      await auditor.settle(tenantId, jobId, "decided");
    }
    await auditor.settleOverdue(tenantId, deps.auditOverdueMs);
    const pending = await jobs.pending(tenantId);
    if (pending.length === 0) {
      const owed = await jobs.unaudited(tenantId, 0);
      if (owed.length === 0) await jobs.markTenantIdle(tenantId);
      return;
    }
    for (const source of new Set(pending.map((job) => job.source))) {
      const ids = pending.flatMap((job) => (job.source === source ? [job.jobId] : []));
      await queues.add(tenantId, source, ids);
      await deps.wake({ tenantId, source });
    }
  }

  async function sweep(): Promise<void> {
    const tenants = await jobs.activeTenants();
    for (const tenantId of tenants)
      for (const source of deps.sourcesHere(tenantId)) {
        await queues.recoverStalled(tenantId, source);
        deps.fetch({ tenantId, source });
      }
    // A little less than the pause, so that some node is elected in every round.
    if (await jobs.electSweeper(node, Math.floor(everyMs * 0.9)))
      for (const tenantId of tenants)
        await sweepTenant(tenantId).catch((error: unknown) => {
          // Damaged keys of one tenant must not keep the other tenants waiting.
          log.warn("writeback.sweep.tenant_failed", { tenantId, error: toAppError(error) });
        });
  }

  async function run(): Promise<void> {
    let failing = false;
    while (!closing.signal.aborted) {
      try {
        await sweep();
        if (failing) log.info("writeback.sweep.recovered");
        failing = false;
      } catch (error) {
        if (!failing) log.warn("writeback.sweep.failed", { error: toAppError(error) });
        failing = true;
      }
      await clock.sleep(everyMs, closing.signal);
    }
  }

  const running = run();
  return {
    async close() {
      closing.abort();
      await running;
    },
  };
}
