/** Handles the sync frames of agents: the beginning, batches and end of a run. */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { isOpenRun } from "../../shared/protocol/frames.ts";
import type { DeleteBrake } from "../store/runs.ts";
import type { RunEndings } from "./run-endings.ts";
import type { RunWatch } from "./run-watch.ts";
import type { SyncService, SyncServiceDeps, SyncSession } from "./sync-service.ts";

export type AgentRuns = Pick<SyncService, "begin" | "batch" | "finish" | "fail" | "note">;

export interface AgentRunsDeps extends Pick<
  SyncServiceDeps,
  "users" | "runs" | "tenants" | "connectedAgents" | "config"
> {
  readonly endings: RunEndings;
  readonly watch: Pick<RunWatch, "add">;
  readonly log: Logger;
  readonly clock: Clock;
}

/**
 * The agent that runs a tenant's scheduled syncs keeps them while it is connected and ran this recently. Another agent may read
 * another server, and a change feed starts from the beginning at every change of server.
 */
const HOLDER_MS = 15 * MINUTE_MS;

export function createAgentRuns(deps: AgentRunsDeps): AgentRuns {
  const { users, runs, tenants, connectedAgents, config, endings, watch, log, clock } = deps;

  async function brakeOf(tenantId: string): Promise<DeleteBrake> {
    const { settings } = await tenants.get(tenantId);
    return {
      deleteMinimum: settings.deleteMinimum ?? config.sync.deleteMinimum,
      deletePercent: settings.deletePercent ?? config.sync.deletePercent,
    };
  }

  /** The user that the cloud knows by this text. Null when there is none, or more than one. */
  async function findUserId(tenantId: string, user: string | null): Promise<string | null> {
    if (user === null) return null;
    try {
      return (await users.lookup(tenantId, user)).id;
    } catch (error) {
      if (isAppError(error, "USER_UNKNOWN") || isAppError(error, "USER_AMBIGUOUS")) return null;
      throw error;
    }
  }

  /** Throws SYNC_LEASE_LOST when another connected agent runs the tenant's scheduled syncs. */
  async function giveWayToHolder({ tenantId, agentId }: SyncSession): Promise<void> {
    const holder = await runs.holder(tenantId);
    if (holder === null || holder.agentId === agentId || clock.now() - holder.lastRunAt > HOLDER_MS) return;
    const connected = await connectedAgents(tenantId);
    if (connected.some((agent) => agent.agentId === holder.agentId)) throw new AppError("SYNC_LEASE_LOST");
  }

  return {
    async begin(session, body) {
      const { tenantId, agentId } = session;
      const { runId, trigger, policy, user } = body;
      if (trigger === "schedule" || trigger === "recovery") await giveWayToHolder(session);
      const userId = await findUserId(tenantId, user);
      let begun = await runs.begin(tenantId, session, body, userId);
      if (begun.kind === "finishing") {
        await endings.resume(tenantId, begun.runId);
        begun = await runs.begin(tenantId, session, body, userId);
      }
      switch (begun.kind) {
        case "over":
          throw new AppError("SYNC_FAILED", `The run ${runId} is over already; it is ${begun.state}.`);
        case "leased":
        case "finishing":
          if (trigger === "cloud") await endings.fail(tenantId, null, runId, new AppError("SYNC_LEASE_LOST"));
          throw new AppError("SYNC_LEASE_LOST");
        case "begun":
          break;
      }
      watch.add(tenantId);
      if (begun.failedRun !== null) await endings.report(tenantId, begun.failedRun);
      log.info("sync.run.begun", { tenantId, agentId, runId, policy, trigger, dryRun: body.dryRun });
      const cursor = policy === "initial" || user !== null ? null : begun.cursor;
      return { runId, cursor, users: begun.users, userId };
    },
    async batch({ tenantId, agentId }, body) {
      const { counts } = await runs.batch(tenantId, agentId, body);
      return { runId: body.runId, sequence: body.sequence, counts };
    },
    async finish({ tenantId, agentId }, body) {
      const { runId } = body;
      const [before, brake] = await Promise.all([endings.get(tenantId, runId), brakeOf(tenantId)]);
      try {
        let outcome = await runs.finish(tenantId, agentId, body, brake);
        if (outcome === null) outcome = await endings.resume(tenantId, runId);
        else if (isOpenRun(before)) await endings.report(tenantId, runId);
        return { runId, ...outcome };
      } catch (error) {
        if (isAppError(error, "SYNC_EMPTY")) await endings.fail(tenantId, agentId, runId, error);
        throw error;
      }
    },
    async fail({ tenantId, agentId }, { runId, code, reason }) {
      const outcome = await endings.fail(tenantId, agentId, runId, { code, message: reason });
      return { runId, ...outcome };
    },
    async note({ tenantId, agentId }, body) {
      await runs.note(tenantId, agentId, body);
    },
  };
}
