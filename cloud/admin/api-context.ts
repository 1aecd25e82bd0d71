/**
 * The parts that every route file uses: the services behind the API, the Fastify application with zod types, common
 * parameters.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiKey } from "../../shared/api/api-keys.ts";
import type { Scope } from "../../shared/api/scopes.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { AuditEvent } from "../audit/audit.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { AgentApproval } from "../enrollment/agent-approval.ts";
import type { Enrollment } from "../enrollment/enrollment.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { MethodChanges } from "../people/method-changes.ts";
import type { PolicyControl } from "../policy/create-policy-service.ts";
import type { AgentStore } from "../store/agents.ts";
import type { ApiKeys } from "../store/api-keys.ts";
import type { Limits } from "../store/limits.ts";
import type { PersonEpochs } from "../store/person-epochs.ts";
import type { Registrations } from "../store/registration-record.ts";
import type { SourceStore } from "../store/sources.ts";
import type { TenantStore } from "../store/tenants.ts";
import type { UserStore } from "../store/users.ts";
import type { SyncService } from "../sync/sync-service.ts";
import type { WritebackService } from "../writeback/writeback-service.ts";
import type { DomainProof } from "./domain-proof.ts";

export interface ApiServices {
  readonly apiKeys: ApiKeys;
  readonly audit: Pick<AuditLog, "append" | "list" | "verify">;
  readonly tenants: Pick<
    TenantStore,
    "create" | "list" | "get" | "update" | "assertTenant" | "setLogo" | "removeLogo"
  >;
  readonly users: Pick<UserStore, "lookup" | "search" | "count" | "ambiguous" | "getMany">;
  readonly enrollment: Pick<Enrollment, "createToken" | "list" | "revoke">;
  readonly agents: Pick<AgentStore, "get" | "list">;
  readonly agentApproval: AgentApproval;
  readonly gateway: Pick<Gateway, "connectedAgents">;
  readonly sources: Pick<SourceStore, "list" | "get" | "rename">;
  readonly sync: Pick<
    SyncService,
    | "request"
    | "sourcesFor"
    | "removal"
    | "get"
    | "list"
    | "held"
    | "heldUsers"
    | "problems"
    | "rejectedEntries"
    | "approve"
    | "discard"
  >;
  readonly writeback: Pick<
    WritebackService,
    "draft" | "submit" | "waitForVerdict" | "get" | "list" | "listForUser" | "cancel"
  >;
  readonly policy: PolicyControl;
  readonly limits: Pick<Limits, "take" | "clearPerson" | "engaged" | "clear">;
  readonly registrations: Pick<Registrations, "get">;
  readonly portalKeys: Pick<PortalKeys, "digest">;
  readonly methodChanges: Pick<MethodChanges, "change">;
  readonly personEpochs: PersonEpochs;
  readonly notifier: Pick<Notifier, "deliveries" | "notify" | "sendTest">;
  readonly domainProof: DomainProof;
  readonly clock: Clock;
  /** Aborted when the node closes: requests that wait for a verdict then answer with the current record. */
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
    /** Scope that the API key of a request needs. Routes without a scope need no key. */
    scope?: Scope;
    /** Lets a tenant's own key call an address without a tenant. The route then answers for that tenant only. */
    openToTenantKeys?: boolean;
  }
  interface FastifyRequest {
    /** Set before the handler of every route that has a scope. */
    apiKey: ApiKey | null;
  }
}

/** Parameters of every address below a tenant. The request is authorised for the tenant before they are read. */
export const tenantParams = z.object({ tenantId: z.string() });

/** Prefixes of routes that serve the whole installation as well as one tenant. */
export const INSTALLATION_AND_TENANT = ["", "/tenants/:tenantId"] as const;
/** Parameters of these routes. Without a tenant they serve the whole installation. */
export const optionalTenantParams = tenantParams.partial();

export interface AuthenticatedRequest {
  readonly id: string;
  readonly apiKey: ApiKey | null;
}

/** Names the caller, for records and the audit. */
export const actorOf = (request: Pick<AuthenticatedRequest, "apiKey">): string => `key:${keyOf(request).id}`;

/** Writes the audit entry of an action that succeeded. */
export const auditAction = (
  audit: Pick<AuditLog, "append">,
  request: AuthenticatedRequest,
  event: Pick<AuditEvent, "tenantId" | "action" | "subject" | "details">,
): Promise<void> =>
  audit.append({ ...event, actor: actorOf(request), outcome: "done", correlationId: request.id });

export function keyOf({ apiKey }: { readonly apiKey: ApiKey | null }): ApiKey {
  if (apiKey === null) throw new AppError("API_KEY_MISSING");
  return apiKey;
}
