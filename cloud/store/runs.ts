/**
 * Stores sync runs and the users they bring, by calling functions/sync/. The head of that library explains the states
 * of a run.
 */
import { z } from "zod";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError, type ErrorCode } from "../../shared/errors.ts";
import {
  type AgentBody,
  RUN_STATES,
  type RunState,
  SYNC_COUNTS,
  type SyncCounts,
  syncCountsSchema,
} from "../../shared/protocol/frames.ts";
import { coveringRuns } from "../../shared/protocol/run-coverage.ts";
import { describeScopeChange, type DirectoryScope, directoryScopeSchema } from "../../shared/source.ts";
import { createTtlCache } from "../ttl-cache.ts";
import { type AgentRecord, parseAgent } from "./agent-record.ts";
import { decideUsers } from "./decide-users.ts";
import { encodeChanges, sortChanges } from "./encode-changes.ts";
import { keys } from "./keys.ts";
import { sourceNumbers } from "./sources.ts";
import { guard, type Store } from "./store.ts";
import { parseRun, type SyncRun } from "./sync-run.ts";

/** Number of users that a run may delete without approval: the larger of a number and a percentage of the users. */
export interface DeleteBrake {
  readonly deleteMinimum: number;
  readonly deletePercent: number;
}

const HELD_REASONS = ["deleted", "left_scope", "absent"] as const;
export interface HeldDelete {
  /** Id of the user. */
  readonly id: string;
  readonly reason: (typeof HELD_REASONS)[number];
}

export interface RunOutcome {
  readonly state: RunState;
  readonly counts: SyncCounts;
  readonly held: number;
}

export type BeginOutcome =
  | {
      readonly kind: "begun";
      readonly cursor: string | null;
      readonly users: number;
      readonly failedRun: string | null;
    }
  /** Another agent has the lease. */
  | { readonly kind: "leased" }
  /** The run is already over. */
  | { readonly kind: "over"; readonly state: string }
  /** An earlier run was left in one of its finishing phases: `resume` that run, then begin again. */
  | { readonly kind: "finishing"; readonly runId: string };

/** The session that begins a run. */
export interface RunBeginner {
  readonly agentId: string;
  readonly sessionId: string;
  readonly source: number;
  /** Null when the agent has not stated it: then it counts as unchanged. */
  readonly scope: DirectoryScope | null;
}

/**
 * Every function with an `agentId` may throw SYNC_RUN_UNKNOWN, SYNC_LEASE_LOST, and AGENT_NOT_APPROVED when the agent may not
 * write users of the source any more.
 */
export interface RunStore {
  /** Creates a run that waits for an agent, or joins the request to an open run that covers it. */
  request(
    tenantId: string,
    run: Pick<SyncRun, "id" | "policy" | "user" | "dryRun" | "source"> & { readonly requestedBy: string },
  ): Promise<{ runId: string; joined: boolean }>;
  begin(
    tenantId: string,
    from: RunBeginner,
    body: AgentBody<"sync.begin">,
    userId: string | null,
  ): Promise<BeginOutcome>;
  note(tenantId: string, agentId: string, body: AgentBody<"sync.note">): Promise<void>;
  /**
   * Commits changes and cursor in one step; a repeated batch changes nothing. `unknown`: the ids of `present` that the
   * cloud does not know; `otherSource`: the users of the batch whom another source has. Throws SYNC_GAP with `details.sequence`.
   */
  batch(
    tenantId: string,
    agentId: string,
    body: AgentBody<"sync.batch">,
  ): Promise<RunOutcome & { readonly unknown: readonly string[]; readonly otherSource: readonly string[] }>;
  /**
   * Starts the end of a run. Null while there is more to do: call `resume` until it is not null. Throws SYNC_GAP,
   * SYNC_EMPTY, SYNC_TOO_MANY_REJECTED.
   */
  finish(
    tenantId: string,
    agentId: string,
    body: AgentBody<"sync.finish">,
    brake: DeleteBrake,
  ): Promise<RunOutcome | null>;
  resume(tenantId: string, runId: string): Promise<RunOutcome | null>;
  /**
   * Begins the run that holds the deletion of all users of a source; `resume` completes it. Throws SOURCE_IN_USE
   * while another run is in progress or held.
   */
  removeSource(
    tenantId: string,
    source: number,
    run: { readonly id: string; readonly requestedBy: string },
  ): Promise<void>;
  /**
   * Fails a run. `agentId` is null when the cloud gives up a run that no agent has begun. A run that is over stays as
   * it is.
   */
  fail(
    tenantId: string,
    agentId: string | null,
    runId: string,
    code: ErrorCode,
    message: string,
  ): Promise<RunOutcome>;
  /**
   * Fails runs of all sources that are abandoned and finds those to resume. Runs of the given, connected sessions keep
   * their lease.
   */
  settle(tenantId: string, sessionIds: readonly string[]): Promise<{ resumable: string[]; failed: string[] }>;
  /** Deletes the users whose deletion a run holds, or keeps them. Throws SYNC_NOT_HELD. */
  decide(tenantId: string, runId: string, decision: "approved" | "discarded", by: string): Promise<void>;

  /** Reads a run; null when there is no such run. */
  get(tenantId: string, runId: string): Promise<SyncRun | null>;
  /** Lists runs, newest first; so does `held`. */
  list(tenantId: string, limit: number): Promise<SyncRun[]>;
  held(tenantId: string): Promise<SyncRun[]>;
  heldUsers(tenantId: string, runId: string, limit: number): Promise<HeldDelete[]>;
  hasOpenRuns(tenantId: string): Promise<boolean>;
  /** Returns the agent that makes a source's scheduled runs, and the end of its last run. Null after a failed run. */
  holder(tenantId: string, source: number): Promise<{ agentId: string; lastRunAt: number } | null>;
}

/** Time without a message from the agent after which another agent may take over. */
const LEASE_MS = MINUTE_MS;
/** The same for an agent that is still connected, since its directory may only be slow. */
const MAX_SILENCE_MS = 900_000;
/** Time in which an agent must begin a requested run before the run fails. */
const BEGIN_WITHIN_MS = 30_000;
/**
 * Number of users that one call may sweep, delete or hold. Redis does nothing else while a call runs, so a call must be
 * short.
 */
const BUDGET = 5_000;
const MAX_REMEMBERED_RUNS = 1_000;
const MAX_REMEMBERED_WRITERS = 100;
/** Longest description of a changed scope in the record of a run. */
const MAX_SCOPE_CHANGE = 1024;

/** Returns the KEYS of every function, in the order that functions/sync/ expects. */
const syncKeys = (tenantId: string, source: number): string[] =>
  [
    keys.userBuckets,
    keys.userNames,
    keys.userProblems,
    keys.sync,
    keys.syncStaged,
    keys.syncSeen,
    keys.syncHeld,
    keys.syncRun,
    keys.syncRuns,
    keys.syncOpenRuns,
    keys.syncHeldRuns,
    keys.registrations,
    keys.numberChanges,
    keys.syncLost,
    keys.syncRejected,
    agentPrefix,
    keys.agentsApproved,
    keys.sources,
    keys.departedUsers,
  ].map((key) => key(tenantId, source));

const agentPrefix = (tenantId: string): string => keys.agent(tenantId, "");

type Reply = readonly (string | number | readonly string[])[];

export function createRunStore({ store, keepRuns }: { store: Store; keepRuns: number }): RunStore {
  const { redis } = store;

  /** The source of a run never changes, and every batch needs it. */
  const sourcesOfRuns = createTtlCache<string, number>({ maxEntries: MAX_REMEMBERED_RUNS });
  /** The agents as last read: the same text needs no second check of its proofs. */
  const writers = createTtlCache<string, { readonly text: string; readonly agent: AgentRecord | null }>({
    maxEntries: MAX_REMEMBERED_WRITERS,
  });

  const call = async (
    name: string,
    tenantId: string,
    source: number,
    args: readonly (string | number)[],
  ): Promise<Reply> => (await store.call(`latchkey_sync_${name}`, syncKeys(tenantId, source), args)) as Reply;

  /**
   * Throws AGENT_NOT_APPROVED unless the authentic record of the agent lets it write users of the source. The function asks
   * the record again, because the agent may be revoked between the two.
   */
  async function checkWriter(tenantId: string, agentId: string, source: number): Promise<void> {
    const key = keys.agent(tenantId, agentId);
    const fields = await guard(() => redis.hgetall(key));
    const text = JSON.stringify(fields);
    let writer = writers.get(key);
    if (writer?.text !== text) {
      writer = { text, agent: parseAgent(store, tenantId, agentId, fields) };
      writers.set(key, writer);
    }
    const { agent } = writer;
    const mayWrite = agent?.state === "approved" || (agent?.state === "pending" && agent.isFirst);
    if (!mayWrite || agent.source !== source) throw mayNotWrite();
  }

  /** Throws SYNC_RUN_UNKNOWN. */
  async function sourceOfRun(tenantId: string, runId: string): Promise<number> {
    const key = keys.syncRun(tenantId) + runId;
    let source = sourcesOfRuns.get(key);
    if (source === undefined) {
      source = Number(await guard(() => redis.hget(key, "source")));
      if (source === 0) throw unknownRun(runId);
      sourcesOfRuns.set(key, source);
    }
    return source;
  }

  /** Calls a function for a run that exists, for its agent or for none. Throws SYNC_RUN_UNKNOWN, AGENT_NOT_APPROVED. */
  async function callOf(
    name: string,
    tenantId: string,
    runId: string,
    args: readonly (string | number)[],
    writer: string | null = null,
  ): Promise<Reply> {
    const source = await sourceOfRun(tenantId, runId);
    if (writer !== null) await checkWriter(tenantId, writer, source);
    return call(name, tenantId, source, args);
  }

  /** Tells how the agent's scope differs from the scope of the source's cursor, and from its settled one. */
  async function compareScopes(
    tenantId: string,
    source: number,
    scope: DirectoryScope | null,
  ): Promise<readonly string[]> {
    const [before = null, settled = null] = await guard(() =>
      redis.hmget(keys.sync(tenantId, source), "scope", "settled"),
    );
    const changeFrom = (text: string | null): string =>
      text === null || text === "" || scope === null
        ? ""
        : describeScopeChange(directoryScopeSchema.parse(JSON.parse(text)), scope).slice(0, MAX_SCOPE_CHANGE);
    const now = scope === null ? (before ?? "") : JSON.stringify(scope);
    return [before ?? "", settled ?? "", now, changeFrom(before), changeFrom(settled)];
  }

  async function load(tenantId: string, runIds: readonly string[]): Promise<SyncRun[]> {
    const records = await guard(() =>
      Promise.all(runIds.map((id) => redis.hgetall(keys.syncRun(tenantId) + id))),
    );
    return records.flatMap((record, at) =>
      record["state"] === undefined ? [] : [parseRun(keys.syncRun(tenantId), runIds[at] ?? "", record)],
    );
  }

  return {
    async request(tenantId, { id, policy, user, dryRun, source, requestedBy }) {
      const run = [id, policy, user ?? "", flag(dryRun), requestedBy, keepRuns];
      const [kind, runId] = await call("request", tenantId, source, [
        ...run,
        ...coveringRuns({ policy, user }),
      ]);
      return { runId: String(runId), joined: kind === "JOINED" };
    },
    async begin(
      tenantId,
      { agentId, sessionId, source, scope },
      { runId, policy, trigger, dryRun, user },
      userId,
    ) {
      await store.checkRoom();
      const run = [runId, agentId, sessionId, policy, trigger, flag(dryRun), user ?? "", userId ?? ""];
      let reply: Reply;
      await checkWriter(tenantId, agentId, source);
      do {
        const scopes = await compareScopes(tenantId, source, scope);
        reply = await call("begin", tenantId, source, [...run, LEASE_MS, keepRuns, ...scopes]);
      } while (reply[0] === "SCOPE"); // another run of the source ended meanwhile
      const [kind, value, users, failed] = reply;
      switch (String(kind)) {
        case "DENIED":
          throw mayNotWrite();
        case "LEASE":
          return { kind: "leased" };
        case "OVER":
          return { kind: "over", state: String(value) };
        case "FINISHING":
          return { kind: "finishing", runId: String(value) };
        default:
          return {
            kind: "begun",
            cursor: textOrNull(value),
            users: Number(users),
            failedRun: textOrNull(failed),
          };
      }
    },
    async note(tenantId, agentId, { runId, feed, full, reason }) {
      const args = [runId, agentId, LEASE_MS, feed, flag(full), reason ?? ""];
      refuse(await callOf("note", tenantId, runId, args, agentId), runId);
    },
    async batch(tenantId, agentId, { runId, sequence, changes, cursor }) {
      const source = await sourceOfRun(tenantId, runId);
      const sorted = sortChanges(changes);
      const begin = [runId, agentId, sequence, LEASE_MS, cursor ?? ""];
      let reply: Reply;
      do {
        // Both are read in one write to Redis, and nothing is stored before the two.
        const [decided] = await Promise.all([
          decideUsers(store, { tenantId, source, runId }, sorted),
          checkWriter(tenantId, agentId, source),
        ]);
        reply = await call("batch", tenantId, source, [...begin, ...encodeChanges(sorted, decided)]);
      } while (reply[0] === "RETRY"); // one of the users was deleted or came back meanwhile
      const outcome = toOutcome(reply, runId);
      const [unknown, otherSource] = userListsSchema.parse(reply.slice(-2));
      return { ...outcome, unknown, otherSource };
    },
    async finish(tenantId, agentId, { runId, sequence, sweep, cursor, read }, brake) {
      const { deleteMinimum, deletePercent } = brake;
      const end = [flag(sweep), cursor ?? "", read, deleteMinimum, deletePercent, BUDGET];
      const args = [runId, agentId, sequence, LEASE_MS, ...end];
      const reply = await callOf("finish", tenantId, runId, args, agentId);
      return reply[0] === "MORE" ? null : toOutcome(reply, runId);
    },
    async removeSource(tenantId, source, { id, requestedBy }) {
      const args = [id, requestedBy, keepRuns, LEASE_MS];
      const [word, heldRun] = await call("remove_source", tenantId, source, args);
      if (word === "LEASE")
        throw new AppError("SOURCE_IN_USE", "A sync run of the source is in progress. Wait until it ends.");
      if (word === "HELD")
        throw new AppError(
          "SOURCE_IN_USE",
          `Run ${String(heldRun)} holds deletions of the source. Decide on them first: latchkey sync held ${String(heldRun)}`,
        );
    },
    async resume(tenantId, runId) {
      const reply = await callOf("resume", tenantId, runId, [runId, LEASE_MS, BUDGET]);
      return reply[0] === "MORE" ? null : toOutcome(reply, runId);
    },
    async fail(tenantId, agentId, runId, code, message) {
      return toOutcome(await callOf("fail", tenantId, runId, [runId, agentId ?? "", code, message]), runId);
    },
    async settle(tenantId, sessionIds) {
      const args = [BEGIN_WITHIN_MS, LEASE_MS, MAX_SILENCE_MS, ...sessionIds];
      const settled = { resumable: [] as string[], failed: [] as string[] };
      for (const source of await sourceNumbers(store, tenantId)) {
        const reply = (await call("settle", tenantId, source, args)).map(String);
        const middle = reply.indexOf("");
        settled.resumable.push(...reply.slice(0, middle));
        settled.failed.push(...reply.slice(middle + 1));
      }
      return settled;
    },
    async decide(tenantId, runId, decision, by) {
      for (let position = "0"; ;) {
        const reply = await callOf("decide", tenantId, runId, [runId, position, decision, by, BUDGET]);
        if (reply[0] !== "MORE") {
          refuse(reply, runId);
          return;
        }
        position = String(reply[1]);
      }
    },

    async get(tenantId, runId) {
      return (await load(tenantId, [runId]))[0] ?? null;
    },
    async list(tenantId, limit) {
      return load(tenantId, await guard(() => redis.zrevrange(keys.syncRuns(tenantId), 0, limit - 1)));
    },
    async held(tenantId) {
      return load(tenantId, await guard(() => redis.zrevrange(keys.syncHeldRuns(tenantId), 0, -1)));
    },
    async heldUsers(tenantId, runId, limit) {
      const users = new Map<string, HeldDelete["reason"]>();
      let position = "0";
      do {
        const [next, fields] = await guard(() =>
          redis.hscan(keys.syncHeld(tenantId), position, "COUNT", 1_000),
        );
        for (let at = 0; at < fields.length; at += 2) {
          const [id = "", value = ""] = fields.slice(at, at + 2);
          const reason = HELD_REASONS.find((known) => value === `${runId}:${known}`);
          if (reason !== undefined) users.set(id, reason);
        }
        position = next;
      } while (position !== "0" && users.size < limit);
      return [...users].slice(0, limit).map(([id, reason]) => ({ id, reason }));
    },
    async hasOpenRuns(tenantId) {
      return (await guard(() => redis.exists(keys.syncOpenRuns(tenantId)))) === 1;
    },
    async holder(tenantId, source) {
      const [agentId, releasedAt] = await guard(() =>
        redis.hmget(keys.sync(tenantId, source), "agent", "released_at"),
      );
      return agentId === null || agentId === undefined
        ? null
        : { agentId, lastRunAt: Number(releasedAt ?? 0) };
    },
  };
}

const flag = (value: boolean): string => (value ? "1" : "0");
const textOrNull = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : null;

/** Throws the error that a reply stands for; returns when the reply is not a refusal. */
function refuse([kind, detail]: Reply, runId: string): void {
  switch (String(kind)) {
    case "UNKNOWN":
      throw unknownRun(runId);
    case "LEASE":
      throw new AppError("SYNC_LEASE_LOST");
    case "DENIED":
      throw mayNotWrite();
    case "EMPTY":
      throw new AppError("SYNC_EMPTY");
    case "REJECTED":
      throw new AppError("SYNC_TOO_MANY_REJECTED", undefined, { details: { users: Number(detail) } });
    case "NOT_HELD":
      throw new AppError("SYNC_NOT_HELD", `The run is not waiting for approval; it is ${String(detail)}.`);
    case "GAP":
      throw new AppError("SYNC_GAP", `A batch is missing after batch ${String(detail)}.`, {
        details: { sequence: Number(detail) },
      });
  }
}

const mayNotWrite = (): AppError =>
  new AppError(
    "AGENT_NOT_APPROVED",
    "The agent is not an approved agent of this directory. An agent that awaits approval may write users only while the tenant never had an approved agent.",
  );

const unknownRun = (runId: string): AppError =>
  new AppError("SYNC_RUN_UNKNOWN", `No sync run has the id ${runId}.`);

const userListsSchema = z.tuple([z.array(z.string()), z.array(z.string())]);
const outcomeSchema = z.tuple([z.literal("OK"), z.enum(RUN_STATES), z.int()]).rest(z.int());
const OUTCOME_LENGTH = 3 + SYNC_COUNTS.length;

function toOutcome(reply: Reply, runId: string): RunOutcome {
  refuse(reply, runId);
  const [, state, held, ...counts] = outcomeSchema.parse(reply.slice(0, OUTCOME_LENGTH));
  const entries = SYNC_COUNTS.map((field, at) => [field, counts[at]]);
  return { state, held, counts: syncCountsSchema.parse(Object.fromEntries(entries)) };
}
