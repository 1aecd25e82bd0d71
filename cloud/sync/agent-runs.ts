/** Handles the sync frames of agents: the beginning, batches and end of a run. */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { type AgentBody, type CloudBody, isOpenRun, startsByItself } from "../../shared/protocol/frames.ts";
import type { DirectoryScope } from "../../shared/source.ts";
import type { CloudConfig } from "../config/config.ts";
import type { AgentPlace } from "../store/presence.ts";
import type { DeleteBrake, RunStore } from "../store/runs.ts";
import type { SyncRun } from "../store/sync-run.ts";
import type { TenantStore } from "../store/tenants.ts";
import type { UserStore } from "../store/users.ts";
import type { RunEndings } from "./run-endings.ts";
import type { RunWatch } from "./run-watch.ts";

/** The session that a frame came from. */
export interface SyncSession {
  readonly tenantId: string;
  readonly agentId: string;
  readonly sessionId: string;
  /** The source that the agent serves; null for none. */
  readonly source: number | null;
  readonly scope: DirectoryScope | null;
}

/** Called by the gateway. An AppError becomes the answer. */
export interface AgentRuns {
  begin(session: SyncSession, body: AgentBody<"sync.begin">): Promise<CloudBody<"sync.begun">>;
  batch(session: SyncSession, body: AgentBody<"sync.batch">): Promise<CloudBody<"sync.ack">>;
  finish(session: SyncSession, body: AgentBody<"sync.finish">): Promise<CloudBody<"sync.finished">>;
  fail(session: SyncSession, body: AgentBody<"sync.fail">): Promise<CloudBody<"sync.finished">>;
  note(session: SyncSession, body: AgentBody<"sync.note">): Promise<void>;
}

export interface AgentRunsDeps {
  readonly users: Pick<UserStore, "lookup">;
  readonly runs: RunStore;
  readonly tenants: Pick<TenantStore, "get">;
  /** The tenant's agents on all live nodes. */
  readonly connectedAgents: (tenantId: string) => Promise<readonly Pick<AgentPlace, "agentId">[]>;
  readonly config: Pick<CloudConfig, "sync">;
  readonly endings: RunEndings;
  readonly watch: Pick<RunWatch, "add">;
  readonly log: Logger;
  readonly clock: Clock;
}

/**
 * An agent keeps running a source's scheduled syncs while it is connected and its last run is no older than this.
 * Another agent may read another server, and a change feed starts from the beginning at every change of server.
 */
const HOLDER_MS = 15 * MINUTE_MS;

/** Names the reasons, of which one is nearly always the cause of all: an attribute, or the right to read it. */
function describeRejections({ id, rejections }: SyncRun, { code, details }: AppError): AppError {
  const reasons = Object.entries(rejections).map(
    ([reason, count]) => `${count} ${reason.replaceAll("_", " ")}`,
  );
  return new AppError(
    code,
    `${String(details["users"])} users whom the cloud has cannot be used now, more than a run may delete without approval (rejected entries: ${reasons.join(", ")}). They keep their last data, nobody was deleted, and the cursor did not move. List the entries: latchkey sync show ${id}`,
    { details },
  );
}

export function createAgentRuns(deps: AgentRunsDeps): AgentRuns {
  const { users, runs, tenants, connectedAgents, config, endings, watch, log, clock } = deps;

  async function brakeOf(tenantId: string): Promise<DeleteBrake> {
    const { settings } = await tenants.get(tenantId);
    return {
      deleteMinimum: settings.deleteMinimum ?? config.sync.deleteMinimum,
      deletePercent: settings.deletePercent ?? config.sync.deletePercent,
    };
  }

  /** Finds the user of this source that the cloud has under this text. Null when there is none, or more than one. */
  async function findUserId(tenantId: string, source: number, user: string | null): Promise<string | null> {
    if (user === null) return null;
    try {
      const found = await users.lookup(tenantId, user);
      return found.source === source ? found.id : null;
    } catch (error) {
      // A record that is refused must not stop the run that writes it again.
      if (
        isAppError(error, "USER_UNKNOWN") ||
        isAppError(error, "USER_AMBIGUOUS") ||
        isAppError(error, "RECORD_FORGED")
      )
        return null;
      throw error;
    }
  }

  /** Throws SYNC_LEASE_LOST when another connected agent runs the source's scheduled syncs. */
  async function giveWayToHolder({ tenantId, agentId }: SyncSession, source: number): Promise<void> {
    const holder = await runs.holder(tenantId, source);
    if (holder === null || holder.agentId === agentId || clock.now() - holder.lastRunAt > HOLDER_MS) return;
    const connected = await connectedAgents(tenantId);
    if (connected.some((agent) => agent.agentId === holder.agentId)) throw new AppError("SYNC_LEASE_LOST");
  }

  /** Ends the run of an agent that may not write any more, so that nothing waits for it or joins it. */
  async function ending<T>({ tenantId, agentId }: SyncSession, runId: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (isAppError(error, "AGENT_NOT_APPROVED")) await endings.fail(tenantId, agentId, runId, error);
      throw error;
    }
  }

  return {
    async begin(session, body) {
      const { tenantId, agentId, sessionId, source, scope } = session;
      const { runId, trigger, policy, user } = body;
      if (source === null) throw new AppError("AGENT_DIRECTORY_UNKNOWN");
      if (startsByItself(trigger)) await giveWayToHolder(session, source);
      const userId = await findUserId(tenantId, source, user);
      const beginner = { agentId, sessionId, source, scope };
      let begun = await runs.begin(tenantId, beginner, body, userId);
      if (begun.kind === "finishing") {
        await endings.resume(tenantId, begun.runId);
        begun = await runs.begin(tenantId, beginner, body, userId);
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
      log.info("sync.run.begun", { tenantId, source, agentId, runId, policy, trigger, dryRun: body.dryRun });
      const cursor = policy === "initial" || user !== null ? null : begun.cursor;
      return { runId, cursor, users: begun.users, userId };
    },
    async batch(session, body) {
      const { tenantId, agentId } = session;
      const { runId, sequence } = body;
      const applied = runs.batch(tenantId, agentId, body);
      const { counts, unknown, otherSource } = await ending(session, runId, applied);
      return { runId, sequence, counts, unknown: [...unknown], otherSource: [...otherSource] };
    },
    async finish(session, body) {
      const { tenantId, agentId } = session;
      const { runId } = body;
      const [before, brake] = await Promise.all([endings.get(tenantId, runId), brakeOf(tenantId)]);
      try {
        let outcome = await ending(session, runId, runs.finish(tenantId, agentId, body, brake));
        if (outcome === null) outcome = await endings.resume(tenantId, runId);
        else if (isOpenRun(before)) await endings.report(tenantId, runId);
        return { runId, ...outcome };
      } catch (error) {
        const fault = isAppError(error, "SYNC_TOO_MANY_REJECTED") ? describeRejections(before, error) : error;
        if (isAppError(fault, "SYNC_EMPTY") || isAppError(fault, "SYNC_TOO_MANY_REJECTED"))
          await endings.fail(tenantId, agentId, runId, fault);
        throw fault;
      }
    },
    async fail({ tenantId, agentId }, { runId, code, reason }) {
      const outcome = await endings.fail(tenantId, agentId, runId, { code, message: reason });
      return { runId, ...outcome };
    },
    async note(session, body) {
      const { tenantId, agentId } = session;
      await ending(session, body.runId, runs.note(tenantId, agentId, body));
    },
  };
}
