/** The part of a tenant's record that the portals read. */
export interface PortalTenant {
  readonly id: string;
  readonly name: string;
  readonly settings: {
    /** `#rrggbb` */
    readonly colour?: string | undefined;
    /** Shown instead of the tenant's name. */
    readonly portalName?: string | undefined;
  };
  /** The digest differs for each picture. */
  readonly logo: { readonly digest: string } | null;
}

/** The part of a user name that finds the tenant: from the last @ on, or nothing. */
export const domainOf = (userName: string): string => /@[^@]*$/.exec(userName)?.[0].toLowerCase() ?? "";

export interface PortalTenants {
  /** Finds the tenant by the domain after the last @; otherwise `defaultTenant`, or the only tenant there is. */
  findForUserName(userName: string, defaultTenant?: string): Promise<PortalTenant | null>;
  /** Throws TENANT_UNKNOWN. */
  get(tenantId: string): Promise<PortalTenant>;
  logo(tenantId: string): Promise<{ readonly type: string; readonly bytes: Buffer } | null>;
}
