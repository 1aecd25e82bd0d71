/** Records which node has the session of which agent. A node's entries count as long as it renews its lease. */
import type { Clock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { SessionKey } from "./agent-sessions.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

const RENEW_EVERY_MS = 10_000;
const LEASE_MS = 35_000;

export interface PresentAgent {
  readonly agentId: string;
  readonly node: string;
  readonly sessionId: string;
}

export type AgentPlace = Pick<PresentAgent, "agentId" | "node">;

export interface Presence extends Closable {
  /** Returns the entry for a session of this node. `AgentSessions.disconnect` removes it. */
  entryOf(session: SessionKey): string;
  announce(session: SessionKey): Promise<void>;
  /** Lists the tenant's agents that are connected to live nodes. */
  connected(tenantId: string): Promise<PresentAgent[]>;
}

export interface PresenceOptions {
  readonly store: Store;
  readonly node: string;
  /** This node's sessions. They are announced again when Redis has lost them. */
  readonly sessions: () => Iterable<SessionKey>;
  readonly log: Logger;
  readonly clock: Pick<Clock, "sleep">;
}

/** Takes the node's lease before the first announcement and renews it until `close()`, which releases it. */
export function startPresence(options: PresenceOptions): Presence {
  const { store, node, sessions, log, clock } = options;
  // A node that was killed and restarted under its old name must not confirm the sessions it had before.
  const start = newId();
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;
  const nameOf = (tenantId: string, agentId: string): string => `${keys.presence(tenantId)} ${agentId}`;
  const entryOf = ({ tenantId, agentId, sessionId }: SessionKey): string => {
    const place = `${node}#${start}#${sessionId}`;
    return `${place}#${store.mac.sign(nameOf(tenantId, agentId), place)}`;
  };

  async function announce(session: SessionKey): Promise<void> {
    await taken;
    await guard(() => store.redis.hset(keys.presence(session.tenantId), session.agentId, entryOf(session)));
  }

  async function renew(): Promise<void> {
    const before = await store.redis.set(keys.nodeLease(node), start, "PX", LEASE_MS, "GET");
    if (before === start) return;
    for (const session of sessions())
      await store.redis.hset(keys.presence(session.tenantId), session.agentId, entryOf(session));
  }

  const renewOnce = (): Promise<void> =>
    renew().catch((error: unknown) => log.warn("gateway.presence.not_renewed", { error }));
  const taken = renewOnce();
  const renewing = (async () => {
    await taken;
    while (!isClosing()) {
      await clock.sleep(RENEW_EVERY_MS, closing.signal);
      if (!isClosing()) await renewOnce();
    }
  })();

  return {
    entryOf,
    announce,
    async connected(tenantId) {
      const entries = Object.entries(await guard(() => store.redis.hgetall(keys.presence(tenantId))));
      const present = entries.flatMap(([agentId, entry]) => {
        const [onNode, started, sessionId, mac = ""] = entry.split("#");
        if (onNode === undefined || started === undefined || sessionId === undefined) return [];
        const key = nameOf(tenantId, agentId);
        // Questions about accounts are sent to this node, so only a node may name it.
        if (!store.mac.verify(key, `${onNode}#${started}#${sessionId}`, mac)) {
          store.refusals.refuse({ kind: "presence", tenantId, key });
          return [];
        }
        return [{ agentId, node: onNode, started, sessionId }];
      });
      // This process knows its own sessions and needs no lease to confirm them.
      const nodes = new Set(present.filter((agent) => agent.started !== start).map((agent) => agent.node));
      // One GET for each lease: in a Cluster, two leases need not be on the same server.
      const leases = await guard(() =>
        Promise.all(
          [...nodes].map(async (name) => [name, await store.redis.get(keys.nodeLease(name))] as const),
        ),
      );
      const startOf = new Map(leases);
      return present
        .filter((agent) => agent.started === start || startOf.get(agent.node) === agent.started)
        .map(({ agentId, node: onNode, sessionId }) => ({ agentId, node: onNode, sessionId }));
    },
    async close() {
      closing.abort();
      await renewing;
      await store.redis.del(keys.nodeLease(node)).catch(() => undefined); // otherwise it expires by itself
    },
  };
}
