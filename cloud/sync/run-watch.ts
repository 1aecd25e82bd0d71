/** Watches the tenants with open runs: fails a run whose agent is gone, and completes a run whose end was interrupted. */
import type { Clock } from "../../shared/clock.ts";
import { toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { RunStore } from "../store/runs.ts";
import type { RunEndings } from "./run-endings.ts";

export interface RunWatch extends Closable {
  /** Watches the tenant until it has no open run. */
  add(tenantId: string): void;
  /** Does the work of the watch for this tenant at once. */
  settle(tenantId: string): Promise<void>;
}

export interface RunWatchDeps {
  readonly runs: Pick<RunStore, "settle" | "hasOpenRuns">;
  readonly connectedAgents: (tenantId: string) => Promise<readonly { readonly sessionId: string }[]>;
  readonly endings: Pick<RunEndings, "resume" | "report">;
  readonly clock: Clock;
  readonly log: Logger;
}

const EVERY_MS = 5_000;

export function startRunWatch(deps: RunWatchDeps): RunWatch {
  const { runs, connectedAgents, endings, clock, log } = deps;
  const tenants = new Set<string>();
  const stop = new AbortController();
  let watching: Promise<void> | undefined;

  async function settle(tenantId: string): Promise<void> {
    const sessions = await connectedAgents(tenantId);
    const sessionIds = sessions.map((session) => session.sessionId);
    const { resumable, failed } = await runs.settle(tenantId, sessionIds);
    for (const runId of failed) await endings.report(tenantId, runId);
    for (const runId of resumable) await endings.resume(tenantId, runId);
  }

  async function watch(): Promise<void> {
    while (tenants.size > 0) {
      await clock.sleep(EVERY_MS, stop.signal);
      if (stop.signal.aborted) return;
      for (const tenantId of [...tenants])
        try {
          await settle(tenantId);
          if (!(await runs.hasOpenRuns(tenantId))) tenants.delete(tenantId);
        } catch (error) {
          log.warn("sync.watch.failed", { tenantId, error: toAppError(error) });
        }
    }
  }

  return {
    add(tenantId) {
      if (stop.signal.aborted) return;
      tenants.add(tenantId);
      watching ??= watch().finally(() => (watching = undefined));
    },
    settle,
    async close() {
      stop.abort();
      await watching;
    },
  };
}
