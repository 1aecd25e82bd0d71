/** Starts the sync part of a cloud node with real Redis, and a scripted agent. */
import type { AuditEvent } from "../../cloud/audit/audit.ts";
import { startAgentLine } from "../../cloud/gateway/agent-line.ts";
import { createAgentStore } from "../../cloud/store/agents.ts";
import { keys } from "../../cloud/store/keys.ts";
import { openNodeBus } from "../../cloud/store/node-bus.ts";
import { createProblemStore } from "../../cloud/store/problems.ts";
import { createRunStore } from "../../cloud/store/runs.ts";
import { createSourceStore } from "../../cloud/store/sources.ts";
import { openStore, type RedisAddress, type Store } from "../../cloud/store/store.ts";
import type { SyncRun } from "../../cloud/store/sync-run.ts";
import { createTenantStore } from "../../cloud/store/tenants.ts";
import { createUserStore } from "../../cloud/store/users.ts";
import type { SyncSession } from "../../cloud/sync/agent-runs.ts";
import { startSyncService, type SyncService } from "../../cloud/sync/sync-service.ts";
import { systemClock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import { silentLogger } from "../../shared/logger.ts";
import type { AgentBody, CloudBody, SyncChange } from "../../shared/protocol/frames.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import type { DirectoryScope } from "../../shared/source.ts";
import { approvedAgent, sourceMac } from "./agent-records.ts";
import { testMac } from "./record-mac.ts";
import { statedDirectory } from "./stated-directory.ts";

export type SyncCloud = Awaited<ReturnType<typeof startSyncCloud>>;

export interface ConnectedPeer extends SyncSession {
  readonly node: string;
  readonly request: (body: CloudBody<"sync.request">) => Promise<void>;
}

/** `peers` are the agents connected to any node, shared between the nodes of one test. */
export async function startSyncCloud(
  connection: RedisAddress,
  { node = newId(), peers = [] }: { node?: string; peers?: ConnectedPeer[] } = {},
) {
  const open = new CloseStack();
  const clock = systemClock;
  const store = open.add(await openStore({ mac: testMac, connection, log: silentLogger }));
  const bus = open.add(await openNodeBus(store, node));
  const tenants = createTenantStore({ store, clock });
  const users = createUserStore({ store });
  const runs = createRunStore({ store, keepRuns: 10 });
  const problems = createProblemStore({ store });
  const audited: AuditEvent[] = [];
  const ended: SyncRun[] = [];
  const agentLine = open.add(
    startAgentLine({
      bus,
      log: silentLogger,
      session(tenantId, agentId) {
        const isHere = (peer: ConnectedPeer): boolean =>
          peer.tenantId === tenantId && peer.agentId === agentId && peer.node === node;
        const peer = peers.find(isHere);
        if (peer === undefined) return undefined;
        const request = async (_type: string, body: unknown) => {
          await peer.request(body as CloudBody<"sync.request">);
          return { type: "ack", body: {} };
        };
        return { approved: true, request: request as never, source: peer.source, directory: NO_DIRECTORY };
      },
    }),
  );
  const sync = open.add(
    startSyncService({
      users,
      sources: createSourceStore({ store }),
      agents: createAgentStore({ store, clock }),
      runs,
      problems,
      tenants,
      connectedAgents: (tenantId) => Promise.resolve(peers.filter((peer) => peer.tenantId === tenantId)),
      askForRun: (tenantId, agent, body) => agentLine.ask(tenantId, agent, "sync.request", body),
      audit: {
        append(event) {
          audited.push(event);
          return Promise.resolve();
        },
      },
      log: silentLogger,
      clock,
      config: { sync: { deleteMinimum: 10, deletePercent: 5, keepRuns: 10 } },
      onRun: (_tenantId, run) => ended.push(run),
    }),
  );
  return {
    node,
    store,
    bus,
    tenants,
    users,
    runs,
    problems,
    sync: {
      ...sync,
      async begin(session: SyncSession, body: AgentBody<"sync.begin">) {
        await approveOnce(store, session);
        return sync.begin(session, body);
      },
    },
    peers,
    audited,
    ended,
    close: () => open.close(),
  };
}

/** Gives the agent of a session the record of an approved agent, unless it has a record. */
async function approveOnce({ redis }: Store, { tenantId, agentId, source }: SyncSession): Promise<void> {
  const key = keys.agent(tenantId, agentId);
  if (source !== null && (await redis.exists(key)) === 0)
    await redis.hset(key, approvedAgent({ tenantId, agentId, source }));
}

/** Creates a tenant with one source, or with more. */
export async function newTenant(
  { tenants, store }: Pick<SyncCloud, "tenants" | "store">,
  { sources = 1 }: { readonly sources?: number } = {},
): Promise<string> {
  const id = `t${newId().toLowerCase()}`;
  await tenants.create({ id, name: "Contoso" });
  const numbers = Array.from({ length: sources }, (_, at) => at + 1);
  const createdAt = systemClock.now();
  const fields = numbers.flatMap((number) => {
    const { identity } = statedDirectory(`dir${number}.example.com`);
    return [
      [`${number}:name`, identity.name],
      [`${number}:key`, identity.key],
      [`${number}:identity`, JSON.stringify(identity)],
      [`${number}:createdAt`, String(createdAt)],
      [`${number}:createdBy`, "system"],
      [`${number}:mac`, sourceMac(id, number, identity, createdAt)],
    ];
  });
  await store.redis.hset(keys.sources(id), "last", sources, "numbers", numbers.join(" "), ...fields.flat());
  return id;
}

export const newSession = (
  tenantId: string,
  source = 1,
  scope: DirectoryScope | null = null,
): SyncSession => ({
  tenantId,
  agentId: newId(),
  sessionId: newId(),
  source,
  scope,
});

const NO_DIRECTORY = { dialect: null, server: null, healthy: true, stated: null };

export interface RunScript extends Partial<AgentBody<"sync.begin">> {
  readonly changes?: readonly SyncChange[];
  readonly cursor?: string | null;
  readonly sweep?: boolean;
}

/** Does a whole run like an agent, with 200 changes per batch. */
export async function runSync(sync: SyncService, session: SyncSession, script: RunScript) {
  const { changes = [], cursor = null, sweep = false, ...begin } = script;
  const runId = begin.runId ?? newId();
  const begun = await sync.begin(session, {
    policy: "delta",
    trigger: "agent",
    dryRun: false,
    user: null,
    ...begin,
    runId,
  });
  let sequence = 0;
  for (let at = 0; at < changes.length; at += 200)
    await sync.batch(session, {
      runId,
      sequence: ++sequence,
      changes: changes.slice(at, at + 200),
      cursor: null,
    });
  const read = changes.filter((change) => change.kind !== "gone").length;
  const finished = await sync.finish(session, { runId, sequence: sequence + 1, sweep, cursor, read });
  return { runId, begun, finished };
}
