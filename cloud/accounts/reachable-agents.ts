/** Finds the agents that can be asked now: approved, able to write back, connected to some node. */
import type { Clock } from "../../shared/clock.ts";
import { type Suite, SUITES } from "../../shared/sealing/hpke-suite.ts";
import type { SealingKeyRecord } from "../../shared/sealing/job.ts";
import type { AgentPlace } from "../store/presence.ts";
import { createCachedLookUp } from "../ttl-cache.ts";

export interface ReachableAgent extends AgentPlace {
  /** Its sealing key of the requested suite, or its other key if it has none of that suite. */
  readonly key: SealingKeyRecord;
}

export interface ReachableAgentsDeps {
  /** The tenant's agents on all live nodes. */
  readonly presentAgents: (tenantId: string) => Promise<readonly AgentPlace[]>;
  readonly agents: {
    /** One key of each approved agent of the source that can write back. */
    recipients(tenantId: string, source: number | null, suite?: Suite): Promise<readonly SealingKeyRecord[]>;
  };
  readonly clock: Clock;
}

export interface ReachableAgents {
  /** The agents of one source. None for null, a tenant without a source. */
  of(tenantId: string, source: number | null, suite?: Suite): Promise<readonly ReachableAgent[]>;
  /** Discards the cached answer, because an agent in it turned out not to be there. */
  forget(tenantId: string, source: number | null): void;
}

const TTL_MS = 1_000;

export function createReachableAgents(deps: ReachableAgentsDeps): ReachableAgents {
  const { presentAgents, agents, clock } = deps;
  const keyOf = (tenantId: string, source: number | null, suite: Suite): string =>
    `${tenantId}/${source}/${suite}`;
  const cached = createCachedLookUp({ ttlMs: TTL_MS, clock }, lookUp);

  async function lookUp(
    _key: string,
    tenantId: string,
    source: number | null,
    suite: Suite,
  ): Promise<readonly ReachableAgent[]> {
    const [present, keys] = await Promise.all([
      presentAgents(tenantId),
      agents.recipients(tenantId, source, suite),
    ]);
    return keys.flatMap((key) => {
      const place = present.find(({ agentId }) => agentId === key.agentId);
      return place === undefined ? [] : [{ agentId: key.agentId, node: place.node, key }];
    });
  }

  return {
    of: (tenantId, source, suite = "x25519") =>
      cached.get(keyOf(tenantId, source, suite), tenantId, source, suite),
    forget(tenantId, source) {
      for (const suite of SUITES) cached.delete(keyOf(tenantId, source, suite));
    },
  };
}
