/** Which agents can be asked now: approved, writing back, connected to some node. Looked up at most once a second and tenant. */
import type { Clock } from "../../shared/clock.ts";
import { type Suite, SUITES } from "../../shared/sealing/hpke-suite.ts";
import type { SealingKeyRecord } from "../../shared/sealing/job.ts";
import type { AgentPlace } from "./agent-questions.ts";

export interface ReachableAgent extends AgentPlace {
  /** What is sealed to it, of the wanted suite where it has one. */
  readonly key: SealingKeyRecord;
}

export interface ReachDeps {
  /** The tenant's agents on every node that lives. */
  readonly presentAgents: (tenantId: string) => Promise<readonly AgentPlace[]>;
  readonly agents: {
    /** One key of every approved agent that writes back. */
    recipients(tenantId: string, suite?: Suite): Promise<readonly SealingKeyRecord[]>;
  };
  readonly clock: Clock;
}

export interface Reach {
  agents(tenantId: string, suite?: Suite): Promise<readonly ReachableAgent[]>;
  /** What was looked up before is not good enough: an agent of it is not there. */
  forget(tenantId: string): void;
}

const KEPT_MS = 1_000;
/** Tenants that were asked for within a second; more than these start over. */
const MAX_KEPT = 1_000;

export function createReach({ presentAgents, agents, clock }: ReachDeps): Reach {
  const kept = new Map<string, { readonly at: number; readonly found: Promise<readonly ReachableAgent[]> }>();

  async function lookUp(tenantId: string, suite: Suite): Promise<readonly ReachableAgent[]> {
    const [present, keys] = await Promise.all([presentAgents(tenantId), agents.recipients(tenantId, suite)]);
    return keys.flatMap((key) => {
      const place = present.find(({ agentId }) => agentId === key.agentId);
      return place === undefined ? [] : [{ agentId: key.agentId, node: place.node, key }];
    });
  }

  return {
    agents(tenantId, suite = "x25519") {
      const name = `${tenantId}/${suite}`;
      const now = clock.monotonicMs();
      const known = kept.get(name);
      if (known !== undefined && now - known.at < KEPT_MS) return known.found;
      if (kept.size >= MAX_KEPT) kept.clear();
      const found = lookUp(tenantId, suite);
      kept.set(name, { at: now, found });
      found.catch(() => kept.delete(name));
      return found;
    },
    forget(tenantId) {
      for (const suite of SUITES) kept.delete(`${tenantId}/${suite}`);
    },
  };
}
