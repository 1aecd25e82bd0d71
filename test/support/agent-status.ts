/** The status of a healthy agent, for tests of what is derived from it. */
import type { AgentStatus } from "../../agent/health/agent-status.ts";
import { PUSH_OFF } from "../../agent/sync/push-listener.ts";
import { newId } from "../../shared/ids.ts";

export function agentStatus(change: Partial<AgentStatus> = {}): AgentStatus {
  return {
    version: "0.1.0",
    agentId: newId(),
    tenantId: "contoso",
    fingerprint: "0000-1111-2222-3333-4444-5555-6666-7777",
    generation: 7,
    hostName: "dc1",
    cloudUrl: "https://cloud.example.com",
    startedAt: 1_700_000_000_000,
    link: {
      phase: "ready",
      approved: true,
      sessionId: newId(),
      node: "node1",
      connectedAt: 1_700_000_001_000,
      clockSkewMs: 12,
      attempts: 0,
      nextAttemptAt: null,
      lastError: null,
    },
    directory: {
      dialect: "openldap",
      server: "ldap1.example.com",
      healthy: true,
      checkedAt: 1_700_000_001_000,
      error: null,
      certificates: [],
    },
    sync: {
      schedule: "*/2 * * * *",
      running: null,
      waiting: 0,
      last: null,
      lastSuccessAt: null,
      push: PUSH_OFF,
    },
    writeback: {
      enabled: true,
      journal: "ok",
      brake: null,
      writesLastHour: 0,
      jobs: 0,
      watched: 0,
      pendingOutcomes: 0,
    },
    ...change,
  };
}
