/**
 * Approves and revokes agents. The change itself is one Redis function; afterwards every node is told and the audit log gets an
 * entry. A node that is killed between the two leaves the change without its audit entry, because repeating the request
 * changes nothing and therefore appends nothing.
 */
import { AppError, isAppError } from "../../shared/errors.ts";
import { describeIdentity } from "../../shared/source.ts";
import type { Audit, AuditAction, AuditEvent } from "../audit/audit.ts";
import type { AgentRecord, AgentStore, Approval } from "../store/agents.ts";
import type { NodeBus } from "../store/node-bus.ts";
import type { SourceStore } from "../store/sources.ts";
import { guard } from "../store/store.ts";

export interface AgentApproval {
  /**
   * Binds the agent to the source of its directory. Throws AGENT_UNKNOWN, AGENT_FINGERPRINT_MISMATCH, AGENT_REVOKED,
   * AGENT_LOCKED, AGENT_LIMIT, AGENT_DIRECTORY_UNKNOWN, SOURCE_EXISTS, and AGENT_OTHER_DIRECTORY with both directories.
   * Approving an approved agent changes nothing and is no error, unless it serves another directory by now: then it is
   * bound anew.
   */
  approve(tenantId: string, agentId: string, approval: Approval): Promise<AgentRecord>;
  /**
   * Ends the agent's link at once, on whatever node it is connected to. Throws AGENT_UNKNOWN. Revoking a revoked agent changes
   * nothing and is no error.
   */
  revoke(tenantId: string, agentId: string, by: string): Promise<AgentRecord>;
}

export interface AgentApprovalDeps {
  readonly agents: Pick<AgentStore, "approve" | "revoke" | "get">;
  readonly sources: Pick<SourceStore, "list">;
  readonly bus: Pick<NodeBus, "publishToAll">;
  readonly audit: Audit;
}

export function createAgentApproval({ agents, sources, bus, audit }: AgentApprovalDeps): AgentApproval {
  const tellNodes = (tenantId: string, agentId: string): Promise<void> =>
    guard(() => bus.publishToAll({ kind: "agent.changed", tenantId, agentId }));

  const record = (
    tenantId: string,
    action: AuditAction,
    actor: string,
    agentId: string,
    details: AuditEvent["details"] = {},
  ): Promise<void> =>
    audit.append({ tenantId, action, actor, subject: `agent:${agentId}`, outcome: "done", details });

  /** Names both directories when the agent's is not one of the tenant's. */
  async function explain(tenantId: string, agentId: string, error: unknown): Promise<never> {
    if (!isAppError(error, "AGENT_OTHER_DIRECTORY")) throw error;
    const [{ stated }, known] = await Promise.all([agents.get(tenantId, agentId), sources.list(tenantId)]);
    const names = known.map(({ name, identity }) => `'${name}' (${describeIdentity(identity)})`);
    throw new AppError(
      "AGENT_OTHER_DIRECTORY",
      `The agent serves ${stated === null ? "another directory" : describeIdentity(stated.identity)}, and the tenant has ${names.join(", ")}. To add the agent's directory as a source of its own, approve with --new-source.`,
    );
  }

  return {
    async approve(tenantId, agentId, approval) {
      const { by, generation } = approval;
      const isNew = await agents
        .approve(tenantId, agentId, approval)
        .catch((error: unknown) => explain(tenantId, agentId, error));
      if (isNew) {
        await record(tenantId, "agent.approved", by, agentId, generation === undefined ? {} : { generation });
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
