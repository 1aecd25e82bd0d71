/**
 * Keeps the sessions of this node in step with changes made on other nodes: approvals, revocations, newer sessions. A message of
 * the bus makes it immediate; reading every agent's record at an interval makes up for lost messages.
 */
import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/logger.ts";
import { CLOSE } from "../../shared/protocol/limits.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { AgentStore } from "../store/agents.ts";
import type { NodeBus } from "../store/node-bus.ts";
import type { LiveSession } from "./live-session.ts";
import type { SessionRegistry } from "./session-registry.ts";

export interface SessionChecksDeps {
  readonly sessions: Pick<SessionRegistry, "all" | "byId">;
  readonly agents: Pick<AgentStore, "find">;
  readonly bus: Pick<NodeBus, "onMessage">;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export function startSessionChecks(deps: SessionChecksDeps): Closable {
  const { sessions, agents, bus, everyMs, clock, log } = deps;
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;

  async function check(session: LiveSession): Promise<void> {
    const { tenantId, agentId, sessionId } = session;
    try {
      session.follow(await agents.find(tenantId, agentId));
    } catch (error) {
      log.warn("gateway.session.not_checked", { tenantId, agentId, sessionId, error });
    }
  }

  const stopListening = bus.onMessage((message) => {
    if (message.kind === "agent.moved")
      sessions.byId(message.sessionId)?.close(CLOSE.superseded, "superseded");
    else if (message.kind === "agent.changed")
      for (const session of sessions.all())
        if (session.tenantId === message.tenantId && session.agentId === message.agentId) void check(session);
  });

  const checking = (async () => {
    while (!isClosing()) {
      await clock.sleep(everyMs, closing.signal);
      for (const session of sessions.all()) if (!isClosing()) await check(session);
    }
  })();

  return {
    async close() {
      closing.abort();
      stopListening();
      await checking;
    },
  };
}
