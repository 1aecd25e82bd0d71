/** How a tenant looks in the head of each page; kept for some seconds, since every page asks. */
import type { Clock } from "../../shared/clock.ts";
import { createCachedLookUp } from "../ttl-cache.ts";

/** What the portals need of a tenant. TenantStore fits. */
export interface PortalTenant {
  readonly id: string;
  readonly name: string;
  readonly settings: {
    /** `#rrggbb` */
    readonly colour?: string | undefined;
    /** Shown instead of the tenant's name. */
    readonly portalName?: string | undefined;
  };
  /** `digest`: another picture has another one. */
  readonly logo: { readonly digest: string } | null;
}
export interface PortalTenants {
  /** By the domain after the @, else `defaultTenant`, else the only one; null otherwise. */
  findForUserName(userName: string, defaultTenant?: string): Promise<PortalTenant | null>;
  /** Throws TENANT_UNKNOWN. */
  get(tenantId: string): Promise<PortalTenant>;
  logo(tenantId: string): Promise<{ readonly type: string; readonly bytes: Buffer } | null>;
}

export interface Brand {
  /** Null where it is not known yet whose page this is. */
  readonly tenantId: string | null;
  readonly name: string;
  /** Addresses on this site; null where there is nothing. */
  readonly styleUrl: string | null;
  readonly logoUrl: string | null;
  readonly colour: string | null;
}

export interface Brands {
  /** Of the tenant; of the one there is when null. Never throws for a tenant that is gone. */
  of(tenantId: string | null): Promise<Brand>;
}

const NOBODY: Brand = { tenantId: null, name: "Latchkey", styleUrl: null, logoUrl: null, colour: null };
const KEEP_MS = 10_000;

export function createBrands({
  tenants,
  defaultTenant,
  clock,
}: {
  readonly tenants: PortalTenants;
  readonly defaultTenant: string | undefined;
  readonly clock: Pick<Clock, "monotonicMs">;
}): Brands {
  const kept = createCachedLookUp({ ttlMs: KEEP_MS, clock }, look);

  /** Of the one there is when the id is empty. */
  async function look(tenantId: string): Promise<Brand> {
    const tenant =
      tenantId === "" ? await tenants.findForUserName("", defaultTenant) : await tenants.get(tenantId);
    if (tenant === null) return NOBODY;
    const { id, name, settings, logo } = tenant;
    const colour = settings.colour ?? null;
    return {
      tenantId: id,
      name: settings.portalName ?? name,
      colour,
      // What is in the query makes it another address, so that browsers may keep what they have.
      styleUrl: colour === null ? null : `/brand/${id}/style.css?${colour.slice(1)}`,
      logoUrl: logo === null ? null : `/brand/${id}/logo?${logo.digest}`,
    };
  }

  return {
    // A page without a name in its head is better than none: what is wrong shows where the data is needed.
    of: (tenantId) => kept.get(tenantId ?? "").catch(() => NOBODY),
  };
}
