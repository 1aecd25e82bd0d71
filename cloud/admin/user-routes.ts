/** Synced users of a tenant. */
import { ambiguousNamesSchema } from "../../shared/api/sources.ts";
import { limitQuerySchema, type SyncRun } from "../../shared/api/sync-runs.ts";
import { userDetailsSchema, userListSchema, userQuerySchema } from "../../shared/api/users.ts";
import { userReferenceSchema } from "../../shared/api/writebacks.ts";
import { failedCodes } from "../limits/requests.ts";
import { type ApiApp, type ApiServices, tenantParams } from "./api-context.ts";
import { toRegistrationView } from "./registration-view.ts";
import { timelineOf } from "./user-timeline.ts";
import { toWriteback } from "./writeback-view.ts";

const userParams = tenantParams.extend({ user: userReferenceSchema });
/** Number of recent runs among which the last one for a user is searched. */
const RECENT_RUNS = 50;

export function userRoutes(
  app: ApiApp,
  { users, writeback, sync, registrations, limits, clock }: ApiServices,
): void {
  app.get(
    "/tenants/:tenantId/users",
    {
      config: { scope: "users:read" },
      schema: {
        summary: "Search users by the start of a name, or by what cannot be used",
        params: tenantParams,
        querystring: userQuerySchema,
        response: { 200: userListSchema },
      },
    },
    async ({ params: { tenantId }, query: { q, limit, problem } }) => {
      const isAboutEntries = problem !== null && q === "";
      const [items, total, rejected] = await Promise.all([
        users.search(tenantId, q, limit, { problem }),
        users.count(tenantId),
        isAboutEntries ? sync.rejectedEntries(tenantId, problem === "any" ? null : problem) : [],
      ]);
      return { items, total, rejected: rejected.slice(0, limit), totalRejected: rejected.length };
    },
  );

  app.get(
    "/tenants/:tenantId/ambiguous-names",
    {
      config: { scope: "users:read" },
      schema: {
        summary: "List names that find more than one user",
        params: tenantParams,
        querystring: limitQuerySchema,
        response: { 200: ambiguousNamesSchema },
      },
    },
    async ({ params: { tenantId }, query: { limit } }) => ({
      items: await users.ambiguous(tenantId, limit),
    }),
  );

  app.get(
    "/tenants/:tenantId/users/:user",
    {
      config: { scope: "users:read" },
      schema: {
        summary: "Show a user and what happened to the account",
        params: userParams,
        response: { 200: userDetailsSchema },
      },
    },
    async ({ params: { tenantId, user: nameOrId } }) => {
      const user = await users.lookup(tenantId, nameOrId);
      const [jobs, runs, registration, block] = await Promise.all([
        writeback.listForUser(tenantId, user.id),
        sync.list(tenantId, RECENT_RUNS),
        registrations.get(tenantId, user.id),
        limits.take(tenantId, failedCodes({ id: user.id, real: true }, null, 0)),
      ]);
      const names = new Set([user.id, user.userName, ...user.aliases]);
      const concerns = ({ user: one, source, dryRun, finishedAt }: SyncRun): boolean =>
        source === user.source && !dryRun && finishedAt !== null && (one === null || names.has(one));
      const lastSync = runs.find(concerns) ?? null;
      const writebacks = jobs.map(toWriteback);
      const timeline = timelineOf(user, writebacks, lastSync);
      return {
        user,
        writebacks,
        lastSync,
        timeline,
        registration: toRegistrationView(user, registration, clock.now()),
        blockedUntil: block?.until ?? null,
      };
    },
  );
}
