/** Services that the routes of both portals share. */
import type { Policy } from "../../shared/api/policy.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Captcha } from "./captcha.ts";
import type { Csrf } from "./csrf.ts";
import type { PageContexts } from "./page-context.ts";
import type { PortalTenant } from "./portal-tenants.ts";

export interface PortalServices {
  readonly contexts: PageContexts;
  readonly csrf: Csrf;
  readonly captcha: Captcha;
  /** Finds the tenant by the domain of the user name; otherwise the installation's default or only tenant, or null. */
  findTenant(userName: string): Promise<PortalTenant | null>;
  policyOf(tenantId: string): Promise<Policy>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when the node closes, so that requests that wait for a verdict are answered. */
  readonly closing: AbortSignal;
}
