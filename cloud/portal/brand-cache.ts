/** Name, colour and logo of a tenant, for the header of every page. */
import type { Clock } from "../../shared/clock.ts";
import { type CachedLookUp, createCachedLookUp } from "../ttl-cache.ts";
import type { PortalTenants } from "./portal-tenants.ts";

export interface Brand {
  /** Null while the tenant is not known yet. */
  readonly tenantId: string | null;
  readonly name: string;
  /** Addresses on this site; null where the tenant has no colour or no logo. */
  readonly styleUrl: string | null;
  readonly logoUrl: string | null;
  readonly colour: string | null;
}

interface BrandCacheDeps {
  readonly tenants: PortalTenants;
  readonly defaultTenant: string | undefined;
  readonly clock: Pick<Clock, "monotonicMs">;
}

const NO_BRAND: Brand = { tenantId: null, name: "Latchkey", styleUrl: null, logoUrl: null, colour: null };
const TTL_MS = 10_000;

/** Keeps each brand for some seconds, because every page needs one. */
export class BrandCache {
  readonly #tenants: PortalTenants;
  readonly #defaultTenant: string | undefined;
  readonly #cached: CachedLookUp<Brand, []>;

  constructor({ tenants, defaultTenant, clock }: BrandCacheDeps) {
    this.#tenants = tenants;
    this.#defaultTenant = defaultTenant;
    this.#cached = createCachedLookUp({ ttlMs: TTL_MS, clock }, (key) => this.#read(key));
  }

  /**
   * Returns the brand of a tenant; for null, that of the default or only tenant. Never throws: a page without a name
   * in its header is better than none, and the page's own data shows what is wrong.
   */
  get(tenantId: string | null): Promise<Brand> {
    return this.#cached.get(tenantId ?? "").catch(() => NO_BRAND);
  }

  /** `key`: a tenant id, or "" for the default or only tenant. */
  async #read(key: string): Promise<Brand> {
    const tenant =
      key === ""
        ? await this.#tenants.findForUserName("", this.#defaultTenant)
        : await this.#tenants.get(key);
    if (tenant === null) return NO_BRAND;
    const { id, name, settings, logo } = tenant;
    const colour = settings.colour ?? null;
    return {
      tenantId: id,
      name: settings.portalName ?? name,
      colour,
      // The query changes with the content, so browsers may cache what these addresses return.
      styleUrl: colour === null ? null : `/brand/${id}/style.css?${colour.slice(1)}`,
      logoUrl: logo === null ? null : `/brand/${id}/logo?${logo.digest}`,
    };
  }
}
