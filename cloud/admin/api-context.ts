/** What every file of routes gets: the services behind the API, and the application with zod's types. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { ApiKey } from "../../shared/api/api-keys.ts";
import type { Scope } from "../../shared/api/scopes.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { AgentApproval } from "../enrollment/agent-approval.ts";
import type { Enrollment } from "../enrollment/enrollment.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { PolicyControl } from "../policy/create-policy-service.ts";
import type { AgentStore } from "../store/agents.ts";
import type { ApiKeys } from "../store/api-keys.ts";
import type { Limits } from "../store/limits.ts";
import type { Registrations } from "../store/registration-record.ts";
import type { TenantStore } from "../store/tenants.ts";
import type { UserStore } from "../store/users.ts";
import type { SyncService } from "../sync/sync-service.ts";
import type { WritebackService } from "../writeback/writeback-service.ts";

export interface ApiServices {
  readonly apiKeys: ApiKeys;
  readonly audit: Pick<AuditLog, "append" | "list" | "verify">;
  readonly tenants: Pick<
    TenantStore,
    "create" | "list" | "get" | "update" | "assertTenant" | "setLogo" | "removeLogo"
  >;
  readonly users: Pick<UserStore, "lookup" | "search" | "count">;
  readonly enrollment: Pick<Enrollment, "createToken" | "list" | "revoke">;
  readonly agents: Pick<AgentStore, "get" | "list">;
  readonly agentApproval: AgentApproval;
  readonly gateway: Pick<Gateway, "connectedAgents">;
  readonly sync: Pick<SyncService, "request" | "get" | "list" | "held" | "heldUsers" | "approve" | "discard">;
  readonly writeback: Pick<
    WritebackService,
    "draft" | "submit" | "waitForVerdict" | "get" | "list" | "listForUser" | "cancel"
  >;
  readonly policy: PolicyControl;
  readonly limits: Pick<Limits, "take" | "clearPerson">;
  readonly registrations: Pick<Registrations, "get" | "remove">;
  readonly notifier: Pick<Notifier, "deliveries" | "notify">;
  readonly clock: Clock;
  /** Aborted when the node closes: whoever waits for a verdict then gets the record as it stands. */
  readonly closing: AbortSignal;
}

export type ApiApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the key of a request must be allowed to do. Routes without it need no key. */
    scope?: Scope;
    /** An address without a tenant that a tenant's own key may ask too: it answers with that tenant's part. */
    openToTenantKeys?: boolean;
  }
  interface FastifyRequest {
    /** Set before the handler of every route with a scope. */
    apiKey: ApiKey | null;
  }
}

/** Who acts, for records and the audit. */
export function actorOf(request: { readonly apiKey: ApiKey | null }): string {
  return `key:${keyOf(request).id}`;
}

export function keyOf({ apiKey }: { readonly apiKey: ApiKey | null }): ApiKey {
  if (apiKey === null) throw new AppError("API_KEY_MISSING");
  return apiKey;
}
