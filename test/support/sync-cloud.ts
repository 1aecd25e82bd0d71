/** Starts the sync part of a cloud node with real Redis, and a scripted agent. */
import type { AuditEvent } from "../../cloud/audit/audit.ts";
import { startAgentLine } from "../../cloud/gateway/agent-line.ts";
import { openNodeBus } from "../../cloud/store/node-bus.ts";
import { createRunStore } from "../../cloud/store/runs.ts";
import { openStore, type RedisAddress } from "../../cloud/store/store.ts";
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
  const store = open.add(await openStore({ connection, log: silentLogger }));
  const bus = open.add(await openNodeBus(store, node));
  const tenants = createTenantStore({ store, clock });
  const users = createUserStore({ store });
  const runs = createRunStore({ store, keepRuns: 10 });
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
        return { approved: true, request: request as never };
      },
    }),
  );
  const sync = open.add(
    startSyncService({
      users,
      runs,
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
  return { node, store, bus, tenants, users, runs, sync, peers, audited, ended, close: () => open.close() };
}

export async function newTenant({ tenants }: Pick<SyncCloud, "tenants">): Promise<string> {
  const id = `t${newId().toLowerCase()}`;
  await tenants.create({ id, name: "Contoso" });
  return id;
}

export const newSession = (tenantId: string): SyncSession => ({
  tenantId,
  agentId: newId(),
  sessionId: newId(),
});

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
