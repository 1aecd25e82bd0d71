/** The endpoint that agents connect to: their requests, their upgrades, and their sessions on this node and the others. */
import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { Clock } from "../../shared/clock.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import type { LogFields, Logger } from "../../shared/logger.ts";
import { CLOSE } from "../../shared/protocol/limits.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { Audit, AuditEvent } from "../audit/audit.ts";
import type { CloudConfig } from "../config/config.ts";
import type { Enrollment } from "../enrollment/enrollment.ts";
import { servesOtherDirectory } from "../store/agent-record.ts";
import { type AgentSessions, createAgentSessions, type SessionKey } from "../store/agent-sessions.ts";
import type { AgentStore } from "../store/agents.ts";
import type { NodeBus } from "../store/node-bus.ts";
import { type Presence, type PresentAgent, startPresence } from "../store/presence.ts";
import type { Store } from "../store/store.ts";
import { registerAgentRoutes } from "./agent-routes.ts";
import type { AgentSession } from "./agent-session.ts";
import type { GatewayHandlers } from "./gateway-handlers.ts";
import { GATEWAY_TIMINGS, type GatewayTimings } from "./gateway-timings.ts";
import { LiveSession, type SessionContext } from "./live-session.ts";
import { createNonces, type Nonces } from "./nonces.ts";
import { createRateWindow, type RateWindow } from "./rate-window.ts";
import { startSessionChecks } from "./session-checks.ts";
import { SessionRegistry } from "./session-registry.ts";
import { createUpgrade } from "./upgrade.ts";

/** An agent that is connected to some node. */
export interface ConnectedAgent {
  readonly agentId: string;
  readonly node: string;
  readonly sessionId: string;
  readonly approved: boolean;
  readonly writebackEnabled: boolean;
  /** The source it serves; see AgentSession. */
  readonly source: number | null;
}

export interface Gateway extends Closable {
  /** `POST /agent/v1/challenge` and `POST /agent/v1/enroll`. */
  registerRoutes(app: FastifyInstance): void;
  /** Answers the `upgrade` requests of this server until `close()`. The server must have been made with HTTP_LIMITS. */
  attach(server: HttpServer | HttpsServer): void;
  /** The agent's session on this node. */
  session(tenantId: string, agentId: string): AgentSession | undefined;
  /** The tenant's sessions on this node. */
  sessions(tenantId: string): AgentSession[];
  readonly sessionCount: number;
  /** The tenant's agents on all live nodes, without reading their records. */
  presentAgents(tenantId: string): Promise<PresentAgent[]>;
  /** The tenant's agents on all live nodes, with facts of their records. */
  connectedAgents(tenantId: string): Promise<ConnectedAgent[]>;
  /** Refuses new agents, tells the connected ones to connect elsewhere, and offers no more credits. Links stay up until `close()`. */
  drain(): void;
}

export interface GatewayDeps {
  readonly store: Store;
  readonly bus: NodeBus;
  readonly agents: AgentStore;
  readonly enrollment: Pick<Enrollment, "enroll">;
  readonly serviceKey: SigningKey;
  /** Name of this node. */
  readonly node: string;
  readonly handlers: GatewayHandlers;
  readonly audit: Audit;
  readonly log: Logger;
  readonly clock: Clock;
  readonly config: Pick<CloudConfig, "publicUrl" | "agents">;
  readonly timings?: Partial<GatewayTimings>;
}

/**
 * Reconnecting agents are spread over this time multiplied by their number, milliseconds: about 500 TLS handshakes a
 * second.
 */
const RECONNECT_MS_PER_AGENT = 2;

export const startGateway = (deps: GatewayDeps): Gateway => new RunningGateway(deps);

/**
 *   open ── drain() ─► draining ── close() ─► closed
 *     └────────────────── close() ────────────►┘
 *
 *   open       Agents may connect.
 *   draining   New agents are refused. The connected ones stay until they leave, without credits for jobs.
 *   closed     All sessions are being ended; the records of sessions are no longer checked.
 */
class RunningGateway implements Gateway {
  readonly #deps: GatewayDeps;
  readonly #timings: GatewayTimings;
  readonly #nonces: Nonces;
  readonly #records: AgentSessions;
  readonly #presence: Presence;
  readonly #sessions = new SessionRegistry();
  readonly #servers = new Set<HttpServer | HttpsServer>();
  readonly #checks: Closable;
  readonly #answerUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** An agent that reconnects often with another directory is audited once an hour. */
  readonly #otherDirectories: RateWindow;
  #state: "open" | "draining" | "closed" = "open";

  constructor(deps: GatewayDeps) {
    const { store, node, serviceKey, agents, bus, log, clock } = deps;
    this.#deps = deps;
    this.#timings = { ...GATEWAY_TIMINGS, ...deps.timings };
    this.#nonces = createNonces(serviceKey, clock);
    this.#records = createAgentSessions(store);
    this.#otherDirectories = createRateWindow(1, HOUR_MS, clock);
    this.#presence = startPresence({
      store,
      node,
      log,
      clock,
      sessions: () => this.#sessions.all().filter((session) => session.isReady),
    });
    const upgrade = this.#createUpgrade();
    this.#answerUpgrade = (request, socket, head) => {
      void upgrade(request, socket, head).catch((error: unknown) =>
        log.error("gateway.upgrade.failed", { error }),
      );
    };
    this.#checks = startSessionChecks({
      sessions: this.#sessions,
      agents,
      bus,
      everyMs: this.#timings.recheckEveryMs,
      clock,
      log,
    });
  }

  registerRoutes(app: FastifyInstance): void {
    const { enrollment, node, log, clock } = this.#deps;
    registerAgentRoutes(app, { nonces: this.#nonces, enrollment, node, log, clock });
  }

  attach(server: HttpServer | HttpsServer): void {
    this.#servers.add(server);
    server.on("upgrade", this.#answerUpgrade);
  }

  session(tenantId: string, agentId: string): AgentSession | undefined {
    return this.#sessions.ready(tenantId, agentId);
  }

  sessions(tenantId: string): AgentSession[] {
    return this.#sessions.allReady(tenantId);
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  presentAgents(tenantId: string): Promise<PresentAgent[]> {
    return this.#presence.connected(tenantId);
  }

  async connectedAgents(tenantId: string): Promise<ConnectedAgent[]> {
    const { agents } = this.#deps;
    const present = await this.#presence.connected(tenantId);
    const records = await Promise.all(present.map(({ agentId }) => agents.find(tenantId, agentId)));
    return present.flatMap((agent, index) => {
      const record = records[index];
      if (record === null || record === undefined || record.state === "forged") return [];
      const { state, writebackEnabled } = record;
      return [
        {
          ...agent,
          approved: state === "approved",
          writebackEnabled: writebackEnabled === true,
          source: servesOtherDirectory(record) ? null : record.source,
        },
      ];
    });
  }

  drain(): void {
    if (this.#state !== "open") return;
    this.#state = "draining";
    const { size } = this.#sessions;
    const reconnectWithinMs = Math.min(Math.max(1_000, size * RECONNECT_MS_PER_AGENT), MINUTE_MS);
    this.#deps.log.info("gateway.drain.started", { sessions: size, reconnectWithinMs });
    for (const session of this.#sessions.all()) session.sayGoaway(reconnectWithinMs);
  }

  async close(): Promise<void> {
    this.#state = "closed";
    for (const server of this.#servers) server.off("upgrade", this.#answerUpgrade);
    await this.#checks.close();
    const open = this.#sessions.all();
    for (const session of open) session.close(CLOSE.draining, "the node stops");
    await Promise.all(open.map((session) => session.ended));
    await this.#presence.close();
  }

  // ---- Sessions ------------------------------------------------------------------------------------------------------

  #createUpgrade() {
    const { agents, node, serviceKey, clock, log, config, bus } = this.#deps;
    const context = this.#sessionContext();
    return createUpgrade({
      agents,
      sessions: this.#records,
      nonces: this.#nonces,
      node,
      serviceKey,
      clock,
      log,
      timings: this.#timings,
      noteAgent: (agent, event) => this.#noteAgent(agent, event),
      audience: new URL(config.publicUrl).hostname,
      isClosing: () => this.#state !== "open",
      open: ({ key, identityKey }, socket, welcome) =>
        this.#sessions.add(new LiveSession(key, socket, identityKey, welcome, context)),
      fence: async ({ tenantId, agentId }, { node: onNode, sessionId }) => {
        this.#sessions.byId(sessionId)?.close(CLOSE.superseded, "superseded");
        if (onNode !== node)
          await this.#hint(bus.publish(onNode, { kind: "agent.moved", tenantId, agentId, sessionId }));
      },
      ended: ({ tenantId, agentId }) =>
        this.#hint(bus.publishToAll({ kind: "agent.changed", tenantId, agentId })),
      abandon: (key) => this.#giveUp(key),
    });
  }

  #sessionContext(): SessionContext {
    const { handlers, config, log, clock } = this.#deps;
    return {
      handlers,
      sessions: this.#records,
      syncBeforeApproval: config.agents.syncBeforeApproval,
      timings: this.#timings,
      log,
      clock,
      isDraining: () => this.#state !== "open",
      onReady: (session) => this.#onReady(session),
      onSealingKeys: async (session, sealingKeys) => {
        await this.#records.storeSealingKeys(session, sealingKeys);
        const keyIds = sealingKeys.map(({ keyId }) => keyId).join(",");
        await this.#noteAgent(session, {
          action: "agent.sealing_key.announced",
          outcome: "done",
          details: { keyIds },
        });
      },
      onOtherDirectory: async (session, stated) => {
        const { tenantId, agentId } = session;
        log.warn("gateway.agent.other_directory", { tenantId, agentId, directory: stated.name });
        if (!this.#otherDirectories.allow(`${tenantId}/${agentId}/${stated.key}`)) return;
        await this.#noteAgent(session, {
          action: "agent.other_directory",
          outcome: "refused",
          code: "AGENT_OTHER_DIRECTORY",
          details: { directory: stated.name },
        });
      },
      onEnd: (session, code) => this.#onEnd(session, code),
    };
  }

  async #onReady(session: LiveSession): Promise<void> {
    const { node, log } = this.#deps;
    await this.#presence.announce(session);
    if (!session.isOpen()) {
      await this.#giveUp(session); // it ended meanwhile; its announcement may have come after its removal
      return;
    }
    this.#sessions.addReady(session);
    log.info("gateway.session.ready", facts(session));
    await this.#noteAgent(session, { action: "agent.connected", outcome: "done", details: { node } });
  }

  async #onEnd(session: LiveSession, closeCode: number): Promise<void> {
    const { node, handlers, log } = this.#deps;
    this.#sessions.remove(session);
    log.info("gateway.session.ended", { ...facts(session), closeCode });
    if (session.wasAnnounced) handlers.sessionGone(session);
    await this.#giveUp(session);
    if (session.wasAnnounced)
      await this.#noteAgent(session, {
        action: "agent.disconnected",
        outcome: "done",
        details: { node, closeCode },
      });
  }

  /** Removes the session from the agent's record and from the presence, unless a newer session is there by now. */
  async #giveUp(session: SessionKey): Promise<void> {
    await this.#records
      .disconnect(session, this.#presence.entryOf(session))
      .catch((error: unknown) =>
        this.#deps.log.warn("gateway.session.not_cleared", { ...facts(session), error }),
      );
  }

  /** Never rejects, because it records what has already happened, and a failing audit must not end a link. */
  async #noteAgent(
    { tenantId, agentId }: Pick<SessionKey, "tenantId" | "agentId">,
    event: Pick<AuditEvent, "action" | "outcome" | "code" | "details">,
  ): Promise<void> {
    const agent = `agent:${agentId}`;
    await this.#deps.audit
      .append({ tenantId, actor: agent, subject: agent, ...event })
      .catch((error: unknown) => this.#deps.log.error("gateway.audit.failed", { error }));
  }

  /** Never rejects, because the session checks compensate for a lost message. */
  async #hint(sent: Promise<void>): Promise<void> {
    await sent.catch((error: unknown) => this.#deps.log.debug("gateway.bus.failed", { error }));
  }
}

const facts = ({ tenantId, agentId, sessionId }: SessionKey): LogFields => ({
  tenantId,
  agentId,
  sessionId,
});
