/** A tenant's colour and logo, which the pages refer to. They are public, like the portal itself. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { tenantIdSchema } from "../../shared/ids.ts";
import type { BrandCache } from "./brand-cache.ts";
import { parseForm } from "./forms.ts";
import type { PortalTenants } from "./portal-tenants.ts";

const addressSchema = z.object({ tenantId: tenantIdSchema });
const COLOUR = /^#[0-9a-f]{6}$/i;
const CACHE = "public, max-age=300";

export function brandRoutes(
  app: FastifyInstance,
  tenants: PortalTenants,
  brands: Pick<BrandCache, "get">,
): void {
  app.get("/brand/:tenantId/style.css", async (request, reply) => {
    const { tenantId } = parseForm(addressSchema, request.params);
    const { colour } = await brands.get(tenantId);
    if (colour === null || !COLOUR.test(colour)) throw new AppError("NOT_FOUND");
    return reply
      .type("text/css; charset=utf-8")
      .header("cache-control", CACHE)
      .send(`:root{--brand:${colour}}\n`);
  });

  app.get("/brand/:tenantId/logo", async (request, reply) => {
    const { tenantId } = parseForm(addressSchema, request.params);
    const logo = await tenants.logo(tenantId);
    if (logo === null) throw new AppError("NOT_FOUND");
    return (
      reply
        .type(logo.type)
        .header("cache-control", CACHE)
        // An SVG opened by itself is a document. It must not run or load anything.
        .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        .send(logo.bytes)
    );
  });
}
