/** Tenants and the logos of their portals. */
import { MAX_LOGO_BYTES, putLogoSchema } from "../../shared/api/brand.ts";
import { tenantListSchema, tenantSchema } from "../../shared/api/tenants.ts";
import { newTenantSchema, tenantPatchSchema } from "../store/tenants.ts";
import {
  type ApiApp,
  type ApiServices,
  auditAction,
  type AuthenticatedRequest,
  keyOf,
  tenantParams,
} from "./api-context.ts";

/** Base64 adds a third to the size of the image, and JSON a little. */
const LOGO_BODY_LIMIT = MAX_LOGO_BYTES * 2;

export function tenantRoutes(app: ApiApp, { tenants, audit }: ApiServices): void {
  app.get(
    "/tenants",
    {
      config: { scope: "tenants:read", openToTenantKeys: true },
      schema: {
        summary: "List the tenants that the API key may access",
        response: { 200: tenantListSchema },
      },
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
      await auditAction(audit, request, {
        tenantId: tenant.id,
        action: "tenant.created",
        subject: `tenant:${tenant.id}`,
      });
      return reply.code(201).send(tenant);
    },
  );

  app.get(
    "/tenants/:tenantId",
    {
      config: { scope: "tenants:read" },
      schema: { summary: "Show a tenant", params: tenantParams, response: { 200: tenantSchema } },
    },
    (request) => tenants.get(request.params.tenantId),
  );

  app.patch(
    "/tenants/:tenantId",
    {
      config: { scope: "tenants:write" },
      schema: {
        summary: "Change the name, domains or settings of a tenant",
        params: tenantParams,
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
        summary: "Set the logo of the portal (PNG, JPEG, WebP, or SVG without scripts)",
        params: tenantParams,
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
      schema: {
        summary: "Remove the logo of the portal",
        params: tenantParams,
        response: { 200: tenantSchema },
      },
    },
    async (request) => {
      const tenant = await tenants.removeLogo(request.params.tenantId);
      await auditChange(request, tenant.id, "logo");
      return tenant;
    },
  );

  const auditChange = (request: AuthenticatedRequest, tenantId: string, fields: string): Promise<void> =>
    auditAction(audit, request, {
      tenantId,
      action: "tenant.changed",
      subject: `tenant:${tenantId}`,
      details: { fields },
    });
}
