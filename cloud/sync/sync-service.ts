/** Runs of sync: takes what agents send, asks them for runs, and lets an administrator decide on deletes that are held. */
import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError, toAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import { type AgentBody, type CloudBody, isOpenRun, type SyncPolicy } from "../../shared/protocol/frames.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { Audit } from "../audit/audit.ts";
import type { CloudConfig } from "../config/config.ts";
import type { AgentPlace } from "../store/presence.ts";
import type { DeleteBrake, RunOutcome, RunStore } from "../store/runs.ts";
import type { SyncRun } from "../store/sync-run.ts";
import type { TenantStore } from "../store/tenants.ts";
import type { UserStore } from "../store/users.ts";
import { createRunReporter } from "./run-reporter.ts";
import { createRunWatch } from "./run-watch.ts";

/** The agent's session a frame came from. */
export interface SyncSession {
  readonly tenantId: string;
  readonly agentId: string;
  readonly sessionId: string;
}

export interface RunRequest {
  readonly tenantId: string;
  readonly policy: SyncPolicy;
  /** Name or id of the one user; null for everybody. */
  readonly user: string | null;
  readonly dryRun: boolean;
  /** `key:<id>`, for the record and the audit. */
  readonly requestedBy: string;
}
/** `joined`: a run was under way that covers the request; this is it. */
export type RequestedRun = SyncRun & { readonly joined: boolean };

export interface HeldUser {
  readonly userId: string;
  /** Null when the user is no longer stored. */
  readonly userName: string | null;
  /** `absent`: a run that reads everybody did not meet them. */
  readonly reason: "deleted" | "left_scope" | "absent";
}

export interface SyncService extends Closable {
  // For the gateway. An AppError becomes the answer.
  begin(session: SyncSession, body: AgentBody<"sync.begin">): Promise<CloudBody<"sync.begun">>;
  batch(session: SyncSession, body: AgentBody<"sync.batch">): Promise<CloudBody<"sync.ack">>;
  finish(session: SyncSession, body: AgentBody<"sync.finish">): Promise<CloudBody<"sync.finished">>;
  fail(session: SyncSession, body: AgentBody<"sync.fail">): Promise<CloudBody<"sync.finished">>;
  note(session: SyncSession, body: AgentBody<"sync.note">): Promise<void>;

  // For the API.
  /** TENANT_UNKNOWN, AGENT_OFFLINE. */
  request(request: RunRequest): Promise<RequestedRun>;
  /** SYNC_RUN_UNKNOWN. */
  get(tenantId: string, runId: string): Promise<SyncRun>;
  /** Newest first. */
  list(tenantId: string, limit: number): Promise<SyncRun[]>;
  /** Runs whose deletes wait, newest first. */
  held(tenantId: string): Promise<SyncRun[]>;
  /** Whom a held run would delete. */
  heldUsers(tenantId: string, runId: string, limit: number): Promise<HeldUser[]>;
  /** Deletes whom the run holds and nobody else. SYNC_RUN_UNKNOWN, SYNC_NOT_HELD. */
  approve(tenantId: string, runId: string, by: string): Promise<SyncRun>;
  /** Lets them stay. A later full run that still misses them holds them again. SYNC_RUN_UNKNOWN, SYNC_NOT_HELD. */
  discard(tenantId: string, runId: string, by: string): Promise<SyncRun>;
  /** Resolves when the run is over, or with the run as it stands `deadlineMs` from now or when the signal aborts. */
  waitFor(tenantId: string, runId: string, deadlineMs: number, signal?: AbortSignal): Promise<SyncRun>;
}

export interface SyncServiceDeps {
  readonly users: Pick<UserStore, "get" | "lookup">;
  readonly runs: RunStore;
  readonly tenants: Pick<TenantStore, "get" | "assertTenant">;
  /** On every node that lives. */
  readonly connectedAgents: (
    tenantId: string,
  ) => Promise<readonly (AgentPlace & { readonly sessionId: string; readonly approved?: boolean })[]>;
  /** Resolves when the agent, on whatever node it is connected, takes the run. Throws why it does not. */
  readonly askForRun: (
    tenantId: string,
    agent: AgentPlace,
    body: CloudBody<"sync.request">,
  ) => Promise<unknown>;
  readonly audit: Audit;
  readonly log: Logger;
  readonly clock: Clock;
  readonly config: Pick<CloudConfig, "sync">;
  /** Called once for every run that is over, or held; for metrics. */
  readonly onRun?: (tenantId: string, run: SyncRun) => void;
}

/**
 * The agent whose runs a tenant lives on keeps them while it is connected and ran this lately: it may read another server
 * than the next agent, and a change feed starts from nothing at every change of server.
 */
const HOLDER_MS = 900_000;
const POLL_MS = 200;

export function createSyncService(deps: SyncServiceDeps): SyncService {
  const { users, runs, tenants, connectedAgents, askForRun, audit, log, clock, config } = deps;
  const report = createRunReporter({ audit, log, onRun: deps.onRun ?? (() => undefined) });
  const watch = createRunWatch({ runs, connectedAgents, resume, onFailed: reportRun, clock, log });

  async function get(tenantId: string, runId: string): Promise<SyncRun> {
    const run = await runs.get(tenantId, runId);
    if (run === null) throw new AppError("SYNC_RUN_UNKNOWN", `No sync run has the id ${runId.slice(0, 64)}.`);
    return run;
  }

  async function reportRun(tenantId: string, runId: string): Promise<void> {
    await report(tenantId, await get(tenantId, runId));
  }

  /** `agentId` null: no agent takes the run. */
  async function failRun(
    tenantId: string,
    agentId: string | null,
    runId: string,
    { code, message }: Pick<AppError, "code" | "message">,
  ): Promise<RunOutcome> {
    const before = await get(tenantId, runId);
    const outcome = await runs.fail(tenantId, agentId, runId, code, message);
    if (isOpenRun(before) && outcome.state === "failed") await reportRun(tenantId, runId);
    return outcome;
  }
  function giveUp(tenantId: string, runId: string, error: AppError): Promise<RunOutcome> {
    return failRun(tenantId, null, runId, error);
  }

  /** Works through the end of a run, a bounded part a call, and reports it. */
  async function resume(tenantId: string, runId: string): Promise<RunOutcome> {
    for (;;) {
      const outcome = await runs.resume(tenantId, runId);
      if (outcome === null) continue;
      await reportRun(tenantId, runId);
      return outcome;
    }
  }

  async function brakeOf(tenantId: string): Promise<DeleteBrake> {
    const { settings } = await tenants.get(tenantId);
    return {
      deleteMinimum: settings.deleteMinimum ?? config.sync.deleteMinimum,
      deletePercent: settings.deletePercent ?? config.sync.deletePercent,
    };
  }

  /** Whom the cloud knows by this text; null when nobody, or not for certain. */
  async function findUserId(tenantId: string, user: string | null): Promise<string | null> {
    if (user === null) return null;
    try {
      return (await users.lookup(tenantId, user)).id;
    } catch (error) {
      if (isAppError(error, "USER_UNKNOWN") || isAppError(error, "USER_AMBIGUOUS")) return null;
      throw error;
    }
  }

  /** Runs that nobody asked for stay with the agent that has them. */
  async function giveWayToHolder({ tenantId, agentId }: SyncSession): Promise<void> {
    const holder = await runs.holder(tenantId);
    if (holder === null || holder.agentId === agentId || clock.now() - holder.lastRunAt > HOLDER_MS) return;
    const connected = await connectedAgents(tenantId);
    if (connected.some((agent) => agent.agentId === holder.agentId)) throw new AppError("SYNC_LEASE_LOST");
  }

  async function ask(
    tenantId: string,
    run: SyncRun,
    agents: readonly (AgentPlace & { readonly approved?: boolean })[],
  ): Promise<void> {
    const holder = await runs.holder(tenantId);
    const rank = ({ agentId, approved }: (typeof agents)[number]): number =>
      (approved === false ? 2 : 0) + (agentId === holder?.agentId ? 0 : 1);
    const { id: runId, policy, dryRun, user } = run;
    let fault = new AppError("AGENT_OFFLINE");
    for (const agent of [...agents].sort((a, b) => rank(a) - rank(b)))
      try {
        await askForRun(tenantId, agent, { runId, policy, dryRun, user });
        return;
      } catch (error) {
        fault = toAppError(error);
      }
    await giveUp(tenantId, runId, fault);
  }

  async function decide(
    tenantId: string,
    runId: string,
    decision: "approved" | "discarded",
    by: string,
  ): Promise<SyncRun> {
    const { held } = await get(tenantId, runId);
    await runs.decide(tenantId, runId, decision, by);
    const run = await get(tenantId, runId);
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
    return run;
  }

  return {
    async begin(session, body) {
      const { tenantId, agentId } = session;
      const { runId, trigger, policy, user } = body;
      if (trigger === "schedule" || trigger === "recovery") await giveWayToHolder(session);
      const userId = await findUserId(tenantId, user);
      let begun = await runs.begin(tenantId, session, body, userId);
      if (begun.kind === "finishing") {
        await resume(tenantId, begun.runId);
        begun = await runs.begin(tenantId, session, body, userId);
      }
      switch (begun.kind) {
        case "over":
          throw new AppError("SYNC_FAILED", `The run ${runId} is over already; it is ${begun.state}.`);
        case "leased":
        case "finishing":
          if (trigger === "cloud") await giveUp(tenantId, runId, new AppError("SYNC_LEASE_LOST"));
          throw new AppError("SYNC_LEASE_LOST");
        case "begun":
          break;
      }
      watch.add(tenantId);
      if (begun.failedRun !== null) await reportRun(tenantId, begun.failedRun);
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
      const [before, brake] = await Promise.all([get(tenantId, runId), brakeOf(tenantId)]);
      try {
        let outcome = await runs.finish(tenantId, agentId, body, brake);
        if (outcome === null) outcome = await resume(tenantId, runId);
        else if (isOpenRun(before)) await reportRun(tenantId, runId);
        return { runId, ...outcome };
      } catch (error) {
        if (isAppError(error, "SYNC_EMPTY")) await failRun(tenantId, agentId, runId, error);
        throw error;
      }
    },
    async fail({ tenantId, agentId }, { runId, code, reason }) {
      const outcome = await failRun(tenantId, agentId, runId, { code, message: reason });
      return { runId, ...outcome };
    },
    async note({ tenantId, agentId }, body) {
      await runs.note(tenantId, agentId, body);
    },

    async request({ tenantId, policy, user, dryRun, requestedBy }) {
      await tenants.assertTenant(tenantId);
      const [agents] = await Promise.all([connectedAgents(tenantId), watch.settle(tenantId)]);
      if (agents.length === 0) throw new AppError("AGENT_OFFLINE");
      const run = { id: newId(), policy, user, dryRun, requestedBy };
      const { runId, joined } = await runs.request(tenantId, run);
      watch.add(tenantId);
      await audit.append({
        tenantId,
        action: "sync.requested",
        actor: requestedBy,
        subject: `run:${runId}`,
        outcome: "done",
        correlationId: runId,
        details: { policy, dryRun, joined, everybody: user === null },
      });
      if (!joined) await ask(tenantId, await get(tenantId, runId), agents);
      return { ...(await get(tenantId, runId)), joined };
    },
    async get(tenantId, runId) {
      const run = await get(tenantId, runId);
      if (!isOpenRun(run)) return run;
      // The node that watched over it may be gone.
      await watch.settle(tenantId);
      return get(tenantId, runId);
    },
    async list(tenantId, limit) {
      if (await runs.hasOpenRuns(tenantId)) await watch.settle(tenantId);
      return runs.list(tenantId, limit);
    },
    held: (tenantId) => runs.held(tenantId),
    async heldUsers(tenantId, runId, limit) {
      const held = await runs.heldUsers(tenantId, runId, limit);
      const found = await Promise.all(held.map(({ id }) => users.get(tenantId, id)));
      return held.map(({ id, reason }, at) => ({
        userId: id,
        userName: found[at]?.userName ?? null,
        reason,
      }));
    },
    approve: (tenantId, runId, by) => decide(tenantId, runId, "approved", by),
    discard: (tenantId, runId, by) => decide(tenantId, runId, "discarded", by),
    async waitFor(tenantId, runId, deadlineMs, signal) {
      const deadline = clock.monotonicMs() + deadlineMs;
      watch.add(tenantId);
      for (;;) {
        const run = await get(tenantId, runId);
        const remainingMs = deadline - clock.monotonicMs();
        if (!isOpenRun(run) || remainingMs <= 0 || signal?.aborted === true) return run;
        await clock.sleep(Math.min(POLL_MS, remainingMs), signal);
      }
    },
    async close() {
      await watch.close();
    },
  };
}
