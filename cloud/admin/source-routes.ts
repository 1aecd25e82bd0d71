/** Sources of a tenant: its directories. */
import { z } from "zod";
import {
  removedSourceSchema,
  renameSourceSchema,
  type Source,
  sourceListSchema,
  sourceSchema,
} from "../../shared/api/sources.ts";
import { servesOtherDirectory } from "../store/agent-record.ts";
import type { SourceRecord } from "../store/sources.ts";
import { actorOf, type ApiApp, type ApiServices, auditAction, tenantParams } from "./api-context.ts";

const sourceParams = tenantParams.extend({ source: z.string().min(1).max(1024) });

export function sourceRoutes(app: ApiApp, { sources, agents, gateway, sync, audit }: ApiServices): void {
  async function view(tenantId: string, records: readonly SourceRecord[]): Promise<Source[]> {
    const [all, connected] = await Promise.all([agents.list(tenantId), gateway.connectedAgents(tenantId)]);
    const isConnected = (agentId: string): boolean => connected.some((agent) => agent.agentId === agentId);
    return records.map((record) => ({
      ...record,
      agents: all
        .filter(({ state, source }) => state === "approved" && source === record.number)
        .map((agent) => ({
          agentId: agent.agentId,
          name: agent.name,
          connected: isConnected(agent.agentId),
          servesIt: !servesOtherDirectory(agent),
        })),
    }));
  }

  async function one(tenantId: string, source: string): Promise<Source> {
    const [shown] = await view(tenantId, [await sources.get(tenantId, source)]);
    if (shown === undefined) throw new Error("one record gives one view");
    return shown;
  }

  app.get(
    "/tenants/:tenantId/sources",
    {
      config: { scope: "agents:read" },
      schema: {
        summary: "List the directories of the tenant",
        params: tenantParams,
        response: { 200: sourceListSchema },
      },
    },
    async ({ params: { tenantId } }) => ({ items: await view(tenantId, await sources.list(tenantId)) }),
  );

  app.get(
    "/tenants/:tenantId/sources/:source",
    {
      config: { scope: "agents:read" },
      schema: {
        summary: "Show a directory of the tenant, by name or number",
        params: sourceParams,
        response: { 200: sourceSchema },
      },
    },
    ({ params: { tenantId, source } }) => one(tenantId, source),
  );

  app.patch(
    "/tenants/:tenantId/sources/:source",
    {
      config: { scope: "agents:write" },
      schema: {
        summary: "Rename a source",
        params: sourceParams,
        body: renameSourceSchema,
        response: { 200: sourceSchema },
      },
    },
    async (request) => {
      const { tenantId, source } = request.params;
      const { number, name } = await sources.get(tenantId, source);
      await sources.rename(tenantId, number, request.body.name);
      await auditAction(audit, request, {
        tenantId,
        action: "source.renamed",
        subject: `source:${number}`,
        details: { from: name, to: request.body.name },
      });
      return one(tenantId, String(number));
    },
  );

  app.post(
    "/tenants/:tenantId/sources/:source/remove",
    {
      config: { scope: "agents:write" },
      schema: {
        summary: "Remove a source: holds the deletion of all its users until a decision",
        params: sourceParams,
        response: { 202: removedSourceSchema },
      },
    },
    async (request, reply) => {
      const { tenantId, source } = request.params;
      const record = await sources.get(tenantId, source);
      const run = await sync.removal.request(tenantId, record, actorOf(request));
      return reply.code(202).send({ run });
    },
  );
}
