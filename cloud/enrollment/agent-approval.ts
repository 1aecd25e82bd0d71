/**
 * Approves and revokes agents. The change itself is one Redis function; afterwards every node is told and the audit log gets an
 * entry. A node that is killed between the two leaves the change without its audit entry, because repeating the request
 * changes nothing and therefore appends nothing.
 */
import type { Audit, AuditAction } from "../audit/audit.ts";
import type { AgentRecord, AgentStore } from "../store/agents.ts";
import type { NodeBus } from "../store/node-bus.ts";
import { guard } from "../store/store.ts";

export interface AgentApproval {
  /**
   * Throws AGENT_UNKNOWN, AGENT_FINGERPRINT_MISMATCH, AGENT_REVOKED, AGENT_LOCKED, AGENT_LIMIT. Approving an approved agent
   * changes nothing and is no error.
   */
  approve(tenantId: string, agentId: string, fingerprint: string, by: string): Promise<AgentRecord>;
  /**
   * Ends the agent's link at once, on whatever node it is connected to. Throws AGENT_UNKNOWN. Revoking a revoked agent changes
   * nothing and is no error.
   */
  revoke(tenantId: string, agentId: string, by: string): Promise<AgentRecord>;
}

export interface AgentApprovalDeps {
  readonly agents: Pick<AgentStore, "approve" | "revoke" | "get">;
  readonly bus: Pick<NodeBus, "publishToAll">;
  readonly audit: Audit;
}

export function createAgentApproval({ agents, bus, audit }: AgentApprovalDeps): AgentApproval {
  const tellNodes = (tenantId: string, agentId: string): Promise<void> =>
    guard(() => bus.publishToAll({ kind: "agent.changed", tenantId, agentId }));

  const record = (tenantId: string, action: AuditAction, actor: string, agentId: string): Promise<void> =>
    audit.append({ tenantId, action, actor, subject: `agent:${agentId}`, outcome: "done" });

  return {
    async approve(tenantId, agentId, fingerprint, by) {
      if (await agents.approve(tenantId, agentId, fingerprint, by)) {
        await record(tenantId, "agent.approved", by, agentId);
        await tellNodes(tenantId, agentId);
      }
      return agents.get(tenantId, agentId);
    },
    async revoke(tenantId, agentId, by) {
      if (await agents.revoke(tenantId, agentId, by)) {
        // The nodes are told first, because the audit entry may take a moment and a revoked agent must not stay
        // connected meanwhile.
        await tellNodes(tenantId, agentId);
        await record(tenantId, "agent.revoked", by, agentId);
      }
      return agents.get(tenantId, agentId);
    },
  };
}
