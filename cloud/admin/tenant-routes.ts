import { z } from "zod";
import { MAX_LOGO_BYTES, putLogoSchema } from "../../shared/api/brand.ts";
import { tenantListSchema, tenantSchema } from "../../shared/api/tenants.ts";
import { newTenantSchema, tenantPatchSchema } from "../store/tenants.ts";
import { actorOf, type ApiApp, type ApiServices, keyOf } from "./api-context.ts";

const params = z.object({ tenantId: z.string() });
/** Base64 takes a third more, and JSON a little. */
const LOGO_BODY_LIMIT = MAX_LOGO_BYTES * 2;

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
      await auditChange(request, tenant.id, Object.keys(request.body).sort().join(","));
      return tenant;
    },
  );

  app.put(
    "/tenants/:tenantId/logo",
    {
      config: { scope: "tenants:write" },
      bodyLimit: LOGO_BODY_LIMIT,
      schema: {
        summary: "Set the logo of the portal: PNG, JPEG, WebP or a plain SVG",
        params,
        body: putLogoSchema,
        response: { 200: tenantSchema },
      },
    },
    async (request) => {
      const tenant = await tenants.setLogo(
        request.params.tenantId,
        Buffer.from(request.body.image, "base64"),
      );
      await auditChange(request, tenant.id, "logo");
      return tenant;
    },
  );

  app.delete(
    "/tenants/:tenantId/logo",
    {
      config: { scope: "tenants:write" },
      schema: { summary: "Take the logo away", params, response: { 200: tenantSchema } },
    },
    async (request) => {
      const tenant = await tenants.removeLogo(request.params.tenantId);
      await auditChange(request, tenant.id, "logo");
      return tenant;
    },
  );

  const auditChange = (
    request: Parameters<typeof actorOf>[0] & { readonly id: string },
    tenantId: string,
    fields: string,
  ): Promise<void> =>
    audit.append({
      tenantId,
      action: "tenant.changed",
      actor: actorOf(request),
      subject: `tenant:${tenantId}`,
      outcome: "done",
      correlationId: request.id,
      details: { fields },
    });
}
