/** Sync runs of a tenant. */
import {
  heldUsersSchema,
  limitQuerySchema,
  problemQuerySchema,
  runProblemsSchema,
  startedSyncRunSchema,
  startSyncRunSchema,
  type SyncRun,
  syncRunListSchema,
  syncRunSchema,
} from "../../shared/api/sync-runs.ts";
import { isAppError } from "../../shared/errors.ts";
import { runIdSchema } from "../../shared/ids.ts";
import { actorOf, type ApiApp, type ApiServices, tenantParams } from "./api-context.ts";

const runParams = tenantParams.extend({ runId: runIdSchema });

export function syncRunRoutes(app: ApiApp, { sync }: ApiServices): void {
  app.post(
    "/tenants/:tenantId/sync-runs",
    {
      config: { scope: "sync:write" },
      schema: {
        summary: "Start a sync run, or join a run in progress that covers the request",
        params: tenantParams,
        body: startSyncRunSchema,
        response: { 202: startedSyncRunSchema },
      },
    },
    async (request, reply) => {
      const { policy, user = null, dryRun, source } = request.body;
      const { tenantId } = request.params;
      const sources = await sync.sourcesFor(tenantId, { source, user });
      const runs: { run: SyncRun; joined: boolean }[] = [];
      const offline: string[] = [];
      let fault: unknown;
      for (const { number, name } of sources)
        try {
          const { joined, ...run } = await sync.request({
            tenantId,
            source: number,
            policy,
            user,
            dryRun,
            requestedBy: actorOf(request),
          });
          runs.push({ run, joined });
        } catch (error) {
          if (!isAppError(error, "AGENT_OFFLINE")) throw error;
          offline.push(name);
          fault = error;
        }
      const [first] = runs;
      if (first === undefined) throw fault;
      return reply.code(202).send({ ...first, runs, offline });
    },
  );

  app.get(
    "/tenants/:tenantId/sync-runs",
    {
      config: { scope: "sync:read" },
      schema: {
        summary: "List sync runs, newest first",
        params: tenantParams,
        querystring: limitQuerySchema,
        response: { 200: syncRunListSchema },
      },
    },
    async ({ params: { tenantId }, query }) => ({ items: await sync.list(tenantId, query.limit) }),
  );

  app.get(
    "/tenants/:tenantId/sync-runs/held",
    {
      config: { scope: "sync:read" },
      schema: {
        summary: "List held sync runs, whose deletions wait for approval",
        params: tenantParams,
        response: { 200: syncRunListSchema },
      },
    },
    async ({ params: { tenantId } }) => ({ items: await sync.held(tenantId) }),
  );

  app.get(
    "/tenants/:tenantId/sync-runs/:runId",
    {
      config: { scope: "sync:read" },
      schema: {
        summary: "Show a sync run and its progress",
        params: runParams,
        response: { 200: syncRunSchema },
      },
    },
    ({ params: { tenantId, runId } }) => sync.get(tenantId, runId),
  );

  app.get(
    "/tenants/:tenantId/sync-runs/:runId/held",
    {
      config: { scope: "sync:read" },
      schema: {
        summary: "List the users that a held sync run would delete",
        params: runParams,
        querystring: limitQuerySchema,
        response: { 200: heldUsersSchema },
      },
    },
    async ({ params: { tenantId, runId }, query }) => {
      const run = await sync.get(tenantId, runId);
      return { run, users: await sync.heldUsers(tenantId, runId, query.limit) };
    },
  );

  app.get(
    "/tenants/:tenantId/sync-runs/:runId/problems",
    {
      config: { scope: "sync:read" },
      schema: {
        summary: "List the entries and values that a sync run cannot use, by DN, attribute and reason",
        params: runParams,
        querystring: problemQuerySchema,
        response: { 200: runProblemsSchema },
      },
    },
    async ({ params: { tenantId, runId }, query: { limit, offset } }) => {
      const [run, all] = await Promise.all([sync.get(tenantId, runId), sync.problems(tenantId, runId)]);
      const end = offset + limit;
      return {
        run,
        items: all.slice(offset, end),
        listed: all.length,
        next: end < all.length ? end : null,
      };
    },
  );

  app.post(
    "/tenants/:tenantId/sync-runs/:runId/approve",
    {
      config: { scope: "sync:write" },
      schema: {
        summary: "Approve a held sync run: deletes exactly the users it holds",
        params: runParams,
        response: { 200: syncRunSchema },
      },
    },
    (request) => sync.approve(request.params.tenantId, request.params.runId, actorOf(request)),
  );

  app.post(
    "/tenants/:tenantId/sync-runs/:runId/discard",
    {
      config: { scope: "sync:write" },
      schema: {
        summary: "Discard the deletions of a held sync run: keeps the users it holds",
        params: runParams,
        response: { 200: syncRunSchema },
      },
    },
    (request) => sync.discard(request.params.tenantId, request.params.runId, actorOf(request)),
  );
}
