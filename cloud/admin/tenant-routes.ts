/** Tenants and the logos of their portals. */
import { MAX_LOGO_BYTES, putLogoSchema } from "../../shared/api/brand.ts";
import { tenantListSchema, tenantSchema } from "../../shared/api/tenants.ts";
import { newTenantSchema, type Tenant, tenantPatchSchema } from "../store/tenants.ts";
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

export function tenantRoutes(app: ApiApp, { tenants, audit, domainProof }: ApiServices): void {
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
      const { params, body } = request;
      const before = await tenants.get(params.tenantId);
      const claimed = (body.domains ?? []).filter((domain) => !before.domains.includes(domain));
      // A key of the installation may claim any domain that is free; a customer's own key could take another's.
      if (keyOf(request).tenantId !== null) await domainProof.assertProven(before.id, claimed);
      const tenant = await tenants.update(before.id, body);
      const fields = [
        ...Object.keys(body).filter((name) => name !== "settings"),
        ...Object.keys(body.settings ?? {}),
      ];
      await auditChange(request, tenant.id, fields.sort().join(","), valuesOf(before, tenant));
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

  const auditChange = (
    request: AuthenticatedRequest,
    tenantId: string,
    fields: string,
    values = "",
  ): Promise<void> =>
    auditAction(audit, request, {
      tenantId,
      action: "tenant.changed",
      subject: `tenant:${tenantId}`,
      details: { fields, ...(values === "" ? {} : { values }) },
    });
}

/** Describes the changes of settings that protect users: `deleteMinimum: 10 → 1000`. */
function valuesOf(before: Tenant, after: Tenant): string {
  const protective = ({ domains, settings }: Tenant) => ({
    domains: domains.join(" "),
    deleteMinimum: settings.deleteMinimum,
    deletePercent: settings.deletePercent,
  });
  const [old, now] = [protective(before), protective(after)];
  return (Object.keys(now) as (keyof typeof now)[])
    .filter((name) => old[name] !== now[name])
    .map((name) => `${name}: ${old[name] ?? "default"} → ${now[name] ?? "default"}`)
    .join("; ");
}
