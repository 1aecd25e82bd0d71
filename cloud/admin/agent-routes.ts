/** Agents of a tenant. */
import { type Agent, agentListSchema, agentSchema, approveAgentSchema } from "../../shared/api/agents.ts";
import { agentIdSchema } from "../../shared/ids.ts";
import { servesOtherDirectory } from "../store/agent-record.ts";
import type { AgentRecord } from "../store/agents.ts";
import { actorOf, type ApiApp, type ApiServices, tenantParams } from "./api-context.ts";

const agentParams = tenantParams.extend({ agentId: agentIdSchema });

export function agentRoutes(app: ApiApp, { agents, sources, agentApproval, gateway }: ApiServices): void {
  async function withPresence(tenantId: string, records: readonly AgentRecord[]): Promise<Agent[]> {
    const [connected, known] = await Promise.all([gateway.connectedAgents(tenantId), sources.list(tenantId)]);
    const nodeOf = new Map(connected.map(({ agentId, node }) => [agentId, node]));
    return records.map((record) => ({
      ...record,
      source:
        record.source === null
          ? null
          : {
              number: record.source,
              name: known.find(({ number }) => number === record.source)?.name ?? "removed",
            },
      problem: problemOf(record),
      connected: nodeOf.has(record.agentId),
      node: nodeOf.get(record.agentId) ?? null,
    }));
  }

  async function view(tenantId: string, record: AgentRecord): Promise<Agent> {
    const [agent] = await withPresence(tenantId, [record]);
    if (agent === undefined) throw new Error("one record gives one view");
    return agent;
  }

  app.get(
    "/tenants/:tenantId/agents",
    {
      config: { scope: "agents:read" },
      schema: { summary: "List agents", params: tenantParams, response: { 200: agentListSchema } },
    },
    async ({ params: { tenantId } }) => ({
      items: await withPresence(tenantId, await agents.list(tenantId)),
    }),
  );

  app.get(
    "/tenants/:tenantId/agents/:agentId",
    {
      config: { scope: "agents:read" },
      schema: { summary: "Show an agent", params: agentParams, response: { 200: agentSchema } },
    },
    async ({ params: { tenantId, agentId } }) => view(tenantId, await agents.get(tenantId, agentId)),
  );

  app.post(
    "/tenants/:tenantId/agents/:agentId/approve",
    {
      config: { scope: "agents:write" },
      schema: {
        summary: "Approve an agent by its fingerprint, and bind it to its directory",
        params: agentParams,
        body: approveAgentSchema,
        response: { 200: agentSchema },
      },
    },
    async (request) => {
      const { tenantId, agentId } = request.params;
      const approval = { ...request.body, by: actorOf(request) };
      return view(tenantId, await agentApproval.approve(tenantId, agentId, approval));
    },
  );

  app.post(
    "/tenants/:tenantId/agents/:agentId/revoke",
    {
      config: { scope: "agents:write" },
      schema: {
        summary: "Revoke an agent and close its connection",
        params: agentParams,
        response: { 200: agentSchema },
      },
    },
    async (request) => {
      const { tenantId, agentId } = request.params;
      return view(tenantId, await agentApproval.revoke(tenantId, agentId, actorOf(request)));
    },
  );
}

function problemOf(record: AgentRecord): Agent["problem"] {
  if (record.state === "forged") return "RECORD_FORGED";
  return servesOtherDirectory(record) ? "AGENT_OTHER_DIRECTORY" : null;
}
