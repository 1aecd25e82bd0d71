/** What the routes of both portals are made with. */
import type { Policy } from "../../shared/api/policy.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/logger.ts";
import type { PortalTenant } from "./brand-cache.ts";
import type { Captcha } from "./captcha.ts";
import type { Csrf } from "./csrf.ts";
import type { PageContexts } from "./page-context.ts";

export interface PortalServices {
  readonly contexts: PageContexts;
  readonly csrf: Csrf;
  readonly captcha: Captcha;
  /** By the domain of the user name, else the installation's default or only one; null when none of them. */
  findTenant(userName: string): Promise<PortalTenant | null>;
  policyOf(tenantId: string): Promise<Policy>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when the node closes: whoever waits for a verdict is answered. */
  readonly closing: AbortSignal;
}
