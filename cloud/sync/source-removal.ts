/**
 * Removes a source: a run without an agent holds the deletion of all its users, an administrator decides, and the source
 * disappears with the last of them.
 *
 *   kept ── request() ─► removing (all deletions held) ── approved ─► removed
 *     ▲                        └──────────── discarded ──────────────┐
 *     └──────────────────────────────────────────────────────────────┘
 */
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Audit } from "../audit/audit.ts";
import type { AgentStore } from "../store/agents.ts";
import type { RunStore } from "../store/runs.ts";
import type { SourceRecord, SourceStore } from "../store/sources.ts";
import type { SyncRun } from "../store/sync-run.ts";
import type { RunEndings } from "./run-endings.ts";

export interface SourceRemoval {
  /** Begins to remove a source. Throws SOURCE_UNKNOWN, and SOURCE_IN_USE with what must be done first. */
  request(tenantId: string, source: SourceRecord, by: string): Promise<SyncRun>;
  /** Takes note of the decision on a run: removes the source, or keeps it. Does nothing for other runs. */
  decided(tenantId: string, run: SyncRun, by: string): Promise<void>;
}

export interface SourceRemovalDeps {
  readonly sources: Pick<SourceStore, "list" | "markRemoval" | "delete">;
  readonly agents: Pick<AgentStore, "list">;
  readonly runs: Pick<RunStore, "removeSource">;
  readonly endings: Pick<RunEndings, "get" | "resume">;
  readonly audit: Audit;
}

export function createSourceRemoval({
  sources,
  agents,
  runs,
  endings,
  audit,
}: SourceRemovalDeps): SourceRemoval {
  async function removed(tenantId: string, source: number, by: string, runId: string): Promise<void> {
    if (!(await sources.delete(tenantId, source))) return;
    await audit.append({
      tenantId,
      action: "source.removed",
      actor: by,
      subject: `source:${source}`,
      outcome: "done",
      correlationId: runId,
    });
  }

  return {
    async request(tenantId, { number, name }, by) {
      const bound = (await agents.list(tenantId)).filter(
        ({ state, source }) => state === "approved" && source === number,
      );
      if (bound.length > 0)
        throw new AppError(
          "SOURCE_IN_USE",
          `Agents serve the source '${name}' and would sync its users again. Revoke them first: ${bound.map(({ agentId }) => `latchkey agent revoke ${agentId}`).join("; ")}`,
        );
      const id = newId();
      await runs.removeSource(tenantId, number, { id, requestedBy: by });
      await sources.markRemoval(tenantId, number, id);
      await audit.append({
        tenantId,
        action: "source.removal_requested",
        actor: by,
        subject: `source:${number}`,
        outcome: "done",
        correlationId: id,
        details: { name },
      });
      const { state } = await endings.resume(tenantId, id);
      if (state === "done") await removed(tenantId, number, by, id); // it had no users
      return endings.get(tenantId, id);
    },

    async decided(tenantId, { id, state }, by) {
      const source = (await sources.list(tenantId)).find(({ removal }) => removal === id);
      if (source === undefined) return;
      if (state === "approved") await removed(tenantId, source.number, by, id);
      else await sources.markRemoval(tenantId, source.number, null);
    },
  };
}
