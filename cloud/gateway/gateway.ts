/** Where agents connect: their requests, their upgrades, their sessions on this node and the others. */
import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import type { LogFields, Logger } from "../../shared/logger.ts";
import { CLOSE } from "../../shared/protocol/limits.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { Audit, AuditEvent } from "../audit/audit.ts";
import type { CloudConfig } from "../config/config.ts";
import type { Enrollment } from "../enrollment/enrollment.ts";
import { createAgentSessions, type SessionKey } from "../store/agent-sessions.ts";
import type { AgentStore } from "../store/agents.ts";
import type { NodeBus, NodeMessage } from "../store/node-bus.ts";
import { type PresentAgent, startPresence } from "../store/presence.ts";
import type { Store } from "../store/store.ts";
import { registerAgentRoutes } from "./agent-routes.ts";
import type { AgentSession } from "./agent-session.ts";
import type { GatewayHandlers } from "./gateway-handlers.ts";
import { GATEWAY_TIMINGS, type GatewayTimings } from "./gateway-timings.ts";
import { LiveSession, type SessionContext } from "./live-session.ts";
import { createNonces } from "./nonces.ts";
import { createUpgrade } from "./upgrade.ts";

/** An agent that is connected somewhere. */
export interface ConnectedAgent {
  readonly agentId: string;
  readonly node: string;
  readonly sessionId: string;
  readonly approved: boolean;
  readonly writebackEnabled: boolean;
}

export interface Gateway extends Closable {
  /** `POST /agent/v1/challenge` and `POST /agent/v1/enroll`. */
  registerRoutes(app: FastifyInstance): void;
  /** Takes the `upgrade` requests of this server, until `close()`. Make the server with HTTP_LIMITS. */
  attach(server: HttpServer | HttpsServer): void;
  /** The agent's session on this node. */
  session(tenantId: string, agentId: string): AgentSession | undefined;
  /** The tenant's sessions on this node. */
  sessions(tenantId: string): AgentSession[];
  readonly sessionCount: number;
  /** The tenant's agents on every node that lives, without looking at their records. */
  presentAgents(tenantId: string): Promise<PresentAgent[]>;
  /** The same, with what their records say. */
  connectedAgents(tenantId: string): Promise<ConnectedAgent[]>;
  /** Refuses new agents, tells the connected ones to go elsewhere, offers no more credits. The links stay up until `close()`. */
  drain(): void;
}

export interface GatewayOptions {
  readonly store: Store;
  readonly bus: NodeBus;
  readonly agents: AgentStore;
  readonly enrollment: Pick<Enrollment, "enroll">;
  readonly serviceKey: SigningKey;
  /** The name of this node. */
  readonly node: string;
  readonly handlers: GatewayHandlers;
  readonly audit: Audit;
  readonly log: Logger;
  readonly clock: Clock;
  readonly config: Pick<CloudConfig, "publicUrl" | "agents">;
  readonly timings?: Partial<GatewayTimings>;
}

/** Agents come back spread over this time each, milliseconds: about 500 TLS handshakes a second. */
const RECONNECT_MS_PER_AGENT = 2;

export function createGateway(options: GatewayOptions): Gateway {
  const { store, bus, agents, serviceKey, node, handlers, audit, log, clock, config } = options;
  const timings = { ...GATEWAY_TIMINGS, ...options.timings };
  const nonces = createNonces(serviceKey, clock);
  const sessionRecords = createAgentSessions(store);
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;

  /** Every session from its welcome on; `ready` ones are in `byTenant` too. */
  const all = new Map<string, LiveSession>();
  const byTenant = new Map<string, Map<string, LiveSession>>();
  const servers = new Set<HttpServer | HttpsServer>();
  let draining = false;

  const presence = startPresence({
    store,
    node,
    log,
    clock,
    sessions: () => [...all.values()].filter((session) => session.isReady),
  });

  /** For what happened anyway: a failing audit must not end a link. */
  async function noteAgent(
    { tenantId, agentId }: Pick<SessionKey, "tenantId" | "agentId">,
    event: Pick<AuditEvent, "action" | "outcome" | "code" | "details">,
  ): Promise<void> {
    const agent = `agent:${agentId}`;
    await audit
      .append({ tenantId, actor: agent, subject: agent, ...event })
      .catch((error: unknown) => log.error("gateway.audit.failed", { error }));
  }

  /** The agent is no longer here, unless another session has it by now. */
  const giveBack = (session: SessionKey): Promise<void> =>
    sessionRecords
      .disconnect(session, presence.entryOf(session.sessionId))
      .catch((error: unknown) => log.warn("gateway.session.not_cleared", { ...facts(session), error }));

  const context: SessionContext = {
    handlers,
    sessions: sessionRecords,
    syncBeforeApproval: config.agents.syncBeforeApproval,
    hasApprovedAgent: (tenantId) => agents.hasApproved(tenantId),
    timings,
    log,
    clock,
    isDraining: () => draining,
    async onReady(session) {
      await presence.announce(session);
      if (!session.isOpen()) {
        await giveBack(session); // it ended meanwhile, and the announcement may have come last
        return;
      }
      const ofTenant = byTenant.get(session.tenantId) ?? new Map<string, LiveSession>();
      byTenant.set(session.tenantId, ofTenant.set(session.agentId, session));
      log.info("gateway.session.ready", facts(session));
      await noteAgent(session, { action: "agent.connected", outcome: "done", details: { node } });
    },
    async onSealingKeys(session, sealingKeys) {
      await sessionRecords.storeSealingKeys(session, sealingKeys);
      const keyIds = sealingKeys.map(({ keyId }) => keyId).join(",");
      await noteAgent(session, {
        action: "agent.sealing_key.announced",
        outcome: "done",
        details: { keyIds },
      });
    },
    async onEnd(session, code) {
      all.delete(session.sessionId);
      const ofTenant = byTenant.get(session.tenantId);
      const wasReady = ofTenant?.get(session.agentId) === session;
      if (wasReady) {
        ofTenant.delete(session.agentId);
        if (ofTenant.size === 0) byTenant.delete(session.tenantId);
      }
      log.info("gateway.session.ended", { ...facts(session), closeCode: code });
      if (session.wasAnnounced) handlers.sessionGone(session);
      await giveBack(session);
      if (session.wasAnnounced)
        await noteAgent(session, {
          action: "agent.disconnected",
          outcome: "done",
          details: { node, closeCode: code },
        });
    },
  };

  const upgrade = createUpgrade({
    agents,
    sessions: sessionRecords,
    nonces,
    node,
    serviceKey,
    clock,
    log,
    timings,
    noteAgent,
    audience: new URL(config.publicUrl).hostname,
    isClosing: () => draining,
    open(admission, socket, welcome) {
      const { key, identityKey } = admission;
      all.set(key.sessionId, new LiveSession(key, socket, identityKey, welcome, context));
    },
    async fence({ tenantId, agentId }, { node: onNode, sessionId }) {
      all.get(sessionId)?.close(CLOSE.superseded, "superseded");
      if (onNode !== node)
        await hint(bus.publish(onNode, { kind: "agent.moved", tenantId, agentId, sessionId }));
    },
    locked: ({ tenantId, agentId }) => hint(bus.publishToAll({ kind: "agent.changed", tenantId, agentId })),
    abandon: giveBack,
  });

  /** Who misses a message looks at the record before long. */
  async function hint(sent: Promise<void>): Promise<void> {
    await sent.catch((error: unknown) => log.debug("gateway.bus.failed", { error }));
  }

  async function look(session: LiveSession): Promise<void> {
    try {
      session.follow(await agents.find(session.tenantId, session.agentId));
    } catch (error) {
      log.warn("gateway.session.not_checked", { ...facts(session), error });
    }
  }

  const stopListening = bus.onMessage((message: NodeMessage) => {
    if (message.kind === "agent.moved") all.get(message.sessionId)?.close(CLOSE.superseded, "superseded");
    else if (message.kind === "agent.changed")
      for (const session of all.values())
        if (session.tenantId === message.tenantId && session.agentId === message.agentId) void look(session);
  });

  const rechecking = (async () => {
    while (!isClosing()) {
      await clock.sleep(timings.recheckEveryMs, closing.signal);
      for (const session of [...all.values()]) if (!isClosing()) await look(session);
    }
  })();

  const takeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    void upgrade(request, socket, head).catch((error: unknown) =>
      log.error("gateway.upgrade.failed", { error }),
    );
  };

  return {
    registerRoutes(app) {
      registerAgentRoutes(app, { nonces, enrollment: options.enrollment, node, log, clock });
    },
    attach(server) {
      servers.add(server);
      server.on("upgrade", takeUpgrade);
    },
    session: (tenantId, agentId) => byTenant.get(tenantId)?.get(agentId),
    sessions: (tenantId) => [...(byTenant.get(tenantId)?.values() ?? [])],
    get sessionCount() {
      return all.size;
    },
    presentAgents: (tenantId) => presence.connected(tenantId),
    async connectedAgents(tenantId) {
      const present = await presence.connected(tenantId);
      const records = await Promise.all(present.map(({ agentId }) => agents.find(tenantId, agentId)));
      return present.flatMap((agent, index) => {
        const record = records[index];
        return record === null || record === undefined
          ? []
          : [
              {
                ...agent,
                approved: record.state === "approved",
                writebackEnabled: record.writebackEnabled === true,
              },
            ];
      });
    },
    drain() {
      if (draining) return;
      draining = true;
      const reconnectWithinMs = Math.min(Math.max(1_000, all.size * RECONNECT_MS_PER_AGENT), MINUTE_MS);
      log.info("gateway.drain.started", { sessions: all.size, reconnectWithinMs });
      for (const session of all.values()) session.sayGoaway(reconnectWithinMs);
    },
    async close() {
      draining = true;
      closing.abort();
      for (const server of servers) server.off("upgrade", takeUpgrade);
      stopListening();
      await rechecking;
      const open = [...all.values()];
      for (const session of open) session.close(CLOSE.draining, "the node stops");
      await Promise.all(open.map((session) => session.ended));
      await presence.close();
    },
  };
}

const facts = ({ tenantId, agentId, sessionId }: SessionKey): LogFields => ({
  tenantId,
  agentId,
  sessionId,
});
