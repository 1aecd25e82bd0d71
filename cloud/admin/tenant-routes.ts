import { z } from "zod";
import { tenantListSchema, tenantSchema } from "../../shared/api/tenants.ts";
import { newTenantSchema, tenantPatchSchema } from "../store/tenants.ts";
import { actorOf, type ApiApp, type ApiServices, keyOf } from "./api-context.ts";

const params = z.object({ tenantId: z.string() });

export function tenantRoutes(app: ApiApp, { tenants, audit }: ApiServices): void {
  app.get(
    "/tenants",
    {
      config: { scope: "tenants:read", openToTenantKeys: true },
      schema: { summary: "List the tenants that the key is good for", response: { 200: tenantListSchema } },
    },
    async (request) => {
      const { tenantId } = keyOf(request);
      return { items: tenantId === null ? await tenants.list() : [await tenants.get(tenantId)] };
    },
  );

  app.post(
    "/tenants",
    {
      config: { scope: "tenants:write" },
      schema: { summary: "Create a tenant", body: newTenantSchema, response: { 201: tenantSchema } },
    },
    async (request, reply) => {
      const tenant = await tenants.create(request.body);
      await audit.append({
        tenantId: tenant.id,
        action: "tenant.created",
        actor: actorOf(request),
        subject: `tenant:${tenant.id}`,
        outcome: "done",
        correlationId: request.id,
      });
      return reply.code(201).send(tenant);
    },
  );

  app.get(
    "/tenants/:tenantId",
    {
      config: { scope: "tenants:read" },
      schema: { summary: "Show a tenant", params, response: { 200: tenantSchema } },
    },
    (request) => tenants.get(request.params.tenantId),
  );

  app.patch(
    "/tenants/:tenantId",
    {
      config: { scope: "tenants:write" },
      schema: {
        summary: "Change name, domains or settings",
        params,
        body: tenantPatchSchema,
        response: { 200: tenantSchema },
      },
    },
    async (request) => {
      const tenant = await tenants.update(request.params.tenantId, request.body);
      await audit.append({
        tenantId: tenant.id,
        action: "tenant.changed",
        actor: actorOf(request),
        subject: `tenant:${tenant.id}`,
        outcome: "done",
        correlationId: request.id,
        details: { fields: Object.keys(request.body).sort().join(",") },
      });
      return tenant;
    },
  );
}
