/** Syncs users: handles the runs of agents, asks agents for runs, and applies decisions on held deletions. */
import { AppError, isAppError, toAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import {
  type CloudBody,
  isOpenRun,
  type ProblemReason,
  type SyncPolicy,
  type SyncProblem,
} from "../../shared/protocol/frames.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { Audit } from "../audit/audit.ts";
import type { AgentStore } from "../store/agents.ts";
import type { AgentPlace } from "../store/presence.ts";
import type { ProblemStore } from "../store/problems.ts";
import type { SourceRecord, SourceStore } from "../store/sources.ts";
import type { SyncRun } from "../store/sync-run.ts";
import type { TenantStore } from "../store/tenants.ts";
import type { UserStore } from "../store/users.ts";
import { type AgentRuns, type AgentRunsDeps, createAgentRuns } from "./agent-runs.ts";
import { createRunEndings } from "./run-endings.ts";
import { createRunReporter } from "./run-reporter.ts";
import { startRunWatch } from "./run-watch.ts";
import { createSourceRemoval, type SourceRemoval } from "./source-removal.ts";

export interface RunRequest {
  readonly tenantId: string;
  /** Number of the source, see `sourcesFor`. */
  readonly source: number;
  readonly policy: SyncPolicy;
  /** Name or id of one user; null for all users. */
  readonly user: string | null;
  readonly dryRun: boolean;
  /** `key:<id>`, for the record and the audit log. */
  readonly requestedBy: string;
}
/** `joined`: an open run covers the request, and this is that run. */
export type RequestedRun = SyncRun & { readonly joined: boolean };

export interface HeldUser {
  readonly userId: string;
  /** Null when the user is no longer stored. */
  readonly userName: string | null;
  /** `absent`: a full run did not find the user. */
  readonly reason: "deleted" | "left_scope" | "absent";
}

export interface SyncService extends AgentRuns, Closable {
  /** Throws TENANT_UNKNOWN, AGENT_OFFLINE. */
  request(request: RunRequest): Promise<RequestedRun>;
  /**
   * Tells which sources a run is for: the named one, else that of the user, else all. Throws TENANT_UNKNOWN,
   * SOURCE_UNKNOWN, AGENT_OFFLINE for a tenant without sources, USER_AMBIGUOUS, and REQUEST_INVALID for a user whom the
   * cloud does not know, where there are several sources.
   */
  sourcesFor(
    tenantId: string,
    request: { readonly source?: string | undefined; readonly user: string | null },
  ): Promise<readonly SourceRecord[]>;
  readonly removal: Pick<SourceRemoval, "request">;
  /** Throws SYNC_RUN_UNKNOWN. */
  get(tenantId: string, runId: string): Promise<SyncRun>;
  /** Newest first. */
  list(tenantId: string, limit: number): Promise<SyncRun[]>;
  /** Runs whose deletions wait for approval, newest first. */
  held(tenantId: string): Promise<SyncRun[]>;
  /** The users that a held run would delete. */
  heldUsers(tenantId: string, runId: string, limit: number): Promise<HeldUser[]>;
  /** What the run cannot use, sorted by DN. Throws SYNC_RUN_UNKNOWN. */
  problems(tenantId: string, runId: string): Promise<SyncProblem[]>;
  /** Entries in scope that cannot be used, as of the last run that read them. Null: for any reason. */
  rejectedEntries(
    tenantId: string,
    reason: ProblemReason | null,
  ): Promise<(SyncProblem & { readonly source: number })[]>;
  /** Deletes exactly the users that the run holds. Throws SYNC_RUN_UNKNOWN, SYNC_NOT_HELD. */
  approve(tenantId: string, runId: string, by: string): Promise<SyncRun>;
  /** Keeps the users. A later full run that does not find them holds them again. Throws SYNC_RUN_UNKNOWN, SYNC_NOT_HELD. */
  discard(tenantId: string, runId: string, by: string): Promise<SyncRun>;
  /** Resolves to the run when it is over, or as it is after `deadlineMs` or when the signal aborts. */
  waitFor(tenantId: string, runId: string, deadlineMs: number, signal?: AbortSignal): Promise<SyncRun>;
}

export interface SyncServiceDeps extends Omit<
  AgentRunsDeps,
  "users" | "tenants" | "connectedAgents" | "endings" | "watch"
> {
  readonly sources: SourceStore;
  readonly problems: ProblemStore;
  readonly agents: Pick<AgentStore, "list">;
  readonly users: Pick<UserStore, "get" | "lookup">;
  readonly tenants: Pick<TenantStore, "get" | "assertTenant">;
  /** The tenant's agents on all live nodes. */
  readonly connectedAgents: (tenantId: string) => Promise<
    readonly (AgentPlace & {
      readonly sessionId: string;
      readonly approved?: boolean;
      readonly source: number | null;
    })[]
  >;
  /** Resolves when the agent accepts the run, whichever node it is connected to. Throws its refusal. */
  readonly askForRun: (
    tenantId: string,
    agent: AgentPlace,
    body: CloudBody<"sync.request">,
  ) => Promise<unknown>;
  readonly audit: Audit;
  /** Called once for each run that is over or held, for metrics. */
  readonly onRun?: (tenantId: string, run: SyncRun) => void;
}

const POLL_MS = 200;

export function startSyncService(deps: SyncServiceDeps): SyncService {
  const { users, sources, agents, runs, tenants, connectedAgents, askForRun, audit, log, clock } = deps;
  const report = createRunReporter({ audit, log, onRun: deps.onRun ?? (() => undefined) });
  const endings = createRunEndings({ runs, report });
  const watch = startRunWatch({ runs, connectedAgents, endings, clock, log });
  const removal = createSourceRemoval({ sources, agents, runs, endings, audit });

  /** Asks one agent after the other: approved ones first, among them the one that runs the scheduled syncs. */
  async function ask(
    tenantId: string,
    run: SyncRun,
    candidates: readonly (AgentPlace & { readonly approved?: boolean })[],
  ): Promise<void> {
    const holder = await runs.holder(tenantId, run.source);
    const rank = ({ agentId, approved }: (typeof candidates)[number]): number =>
      (approved === false ? 2 : 0) + (agentId === holder?.agentId ? 0 : 1);
    const { id: runId, policy, dryRun, user } = run;
    let fault = new AppError("AGENT_OFFLINE");
    for (const agent of [...candidates].sort((a, b) => rank(a) - rank(b)))
      try {
        await askForRun(tenantId, agent, { runId, policy, dryRun, user });
        return;
      } catch (error) {
        fault = toAppError(error);
      }
    await endings.fail(tenantId, null, runId, fault);
  }

  /** Null for a user who is gone, or whose record is refused. */
  async function nameOf(tenantId: string, userId: string): Promise<string | null> {
    try {
      return (await users.get(tenantId, userId))?.userName ?? null;
    } catch (error) {
      if (isAppError(error, "RECORD_FORGED")) return null;
      throw error;
    }
  }

  async function decide(
    tenantId: string,
    runId: string,
    decision: "approved" | "discarded",
    by: string,
  ): Promise<SyncRun> {
    const { held } = await endings.get(tenantId, runId);
    await runs.decide(tenantId, runId, decision, by);
    const run = await endings.get(tenantId, runId);
    log.info(`sync.run.${decision}`, { tenantId, runId, held, deleted: run.counts.deleted, by });
    await audit.append({
      tenantId,
      action: `sync.${decision}`,
      actor: by,
      subject: `run:${runId}`,
      outcome: "done",
      correlationId: runId,
      details: { held, deleted: run.counts.deleted },
    });
    await removal.decided(tenantId, run, by);
    return run;
  }

  return {
    ...createAgentRuns({ ...deps, endings, watch }),

    removal,
    async sourcesFor(tenantId, { source, user }) {
      await tenants.assertTenant(tenantId);
      if (source !== undefined) return [await sources.get(tenantId, source)];
      const all = await sources.list(tenantId);
      if (all.length === 0) throw new AppError("AGENT_OFFLINE");
      if (user === null || all.length === 1) return all;
      try {
        const { source: number } = await users.lookup(tenantId, user);
        return all.filter((one) => one.number === number);
      } catch (error) {
        if (!isAppError(error, "USER_UNKNOWN") && !isAppError(error, "RECORD_FORGED")) throw error;
        const names = all.map(({ name }) => `'${name}'`).join(", ");
        throw new AppError(
          "REQUEST_INVALID",
          `No synced user has the name or id '${user.slice(0, 256)}'. Name the source that a new user is in: --source NAME. The sources are ${names}.`,
        );
      }
    },
    async request({ tenantId, source, policy, user, dryRun, requestedBy }) {
      await tenants.assertTenant(tenantId);
      const [connected] = await Promise.all([connectedAgents(tenantId), watch.settle(tenantId)]);
      const able = connected.filter((agent) => agent.source === source);
      if (able.length === 0)
        throw new AppError(
          "AGENT_OFFLINE",
          connected.length === 0 ? undefined : "Agents are connected, but none of them serves this source.",
        );
      const run = { id: newId(), source, policy, user, dryRun, requestedBy };
      const { runId, joined } = await runs.request(tenantId, run);
      watch.add(tenantId);
      await audit.append({
        tenantId,
        action: "sync.requested",
        actor: requestedBy,
        subject: `run:${runId}`,
        outcome: "done",
        correlationId: runId,
        details: { source, policy, dryRun, joined, everybody: user === null },
      });
      if (!joined) await ask(tenantId, await endings.get(tenantId, runId), able);
      return { ...(await endings.get(tenantId, runId)), joined };
    },
    async get(tenantId, runId) {
      const run = await endings.get(tenantId, runId);
      if (!isOpenRun(run)) return run;
      // The node that watched the run may be gone.
      await watch.settle(tenantId);
      return endings.get(tenantId, runId);
    },
    async list(tenantId, limit) {
      if (await runs.hasOpenRuns(tenantId)) await watch.settle(tenantId);
      return runs.list(tenantId, limit);
    },
    held: (tenantId) => runs.held(tenantId),
    async heldUsers(tenantId, runId, limit) {
      const held = await runs.heldUsers(tenantId, runId, limit);
      return Promise.all(
        held.map(async ({ id, reason }) => ({ userId: id, userName: await nameOf(tenantId, id), reason })),
      );
    },
    async problems(tenantId, runId) {
      await endings.get(tenantId, runId);
      return deps.problems.ofRun(tenantId, runId);
    },
    async rejectedEntries(tenantId, reason) {
      const entries = await deps.problems.rejectedEntries(tenantId);
      return entries.filter((entry) => reason === null || entry.reason === reason);
    },
    approve: (tenantId, runId, by) => decide(tenantId, runId, "approved", by),
    discard: (tenantId, runId, by) => decide(tenantId, runId, "discarded", by),
    async waitFor(tenantId, runId, deadlineMs, signal) {
      const deadline = clock.monotonicMs() + deadlineMs;
      watch.add(tenantId);
      for (;;) {
        const run = await endings.get(tenantId, runId);
        const remainingMs = deadline - clock.monotonicMs();
        if (!isOpenRun(run) || remainingMs <= 0 || signal?.aborted === true) return run;
        await clock.sleep(Math.min(POLL_MS, remainingMs), signal);
      }
    },
    close: () => watch.close(),
  };
}
