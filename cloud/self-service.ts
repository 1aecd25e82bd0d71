/** Assembles everything behind the portals on one node: accounts, people, reset, registration. */
import type { FastifyInstance } from "fastify";
import type { Clock } from "../shared/clock.ts";
import type { Logger } from "../shared/logger.ts";
import type { SigningKey } from "../shared/sealing/signing-key.ts";
import { type Closable, CloseStack } from "../shared/shutdown.ts";
import { createAccountService } from "./accounts/create-account-service.ts";
import type { Audit } from "./audit/audit.ts";
import type { CloudConfig } from "./config/config.ts";
import type { AgentLine } from "./gateway/agent-line.ts";
import type { Gateway } from "./gateway/gateway.ts";
import type { PortalKeys } from "./keys/portal-keys.ts";
import { createProofs } from "./methods/proofs.ts";
import type { RunningNotifier } from "./notify/start-notifier.ts";
import { createPeople } from "./people/create-people.ts";
import { type MethodChanges, startMethodChanges } from "./people/method-changes.ts";
import { type NumberChanges, startNumberChanges } from "./people/number-changes.ts";
import type { PolicyControl } from "./policy/create-policy-service.ts";
import { registerPortal } from "./portal/register-portal.ts";
import { registrationRoutes } from "./portal/registration/routes.ts";
import { createRegistrationService } from "./registration/create-registration-service.ts";
import { personOf as personOfSession, registrationSessionSchema } from "./registration/session.ts";
import { attemptSchema, personOf as personOfAttempt } from "./reset/attempt.ts";
import { createResetService } from "./reset/create-reset-service.ts";
import type { AgentStore } from "./store/agents.ts";
import { keys } from "./store/keys.ts";
import type { Limits } from "./store/limits.ts";
import { createNumberChangeStore } from "./store/number-changes.ts";
import type { Registrations } from "./store/registration-record.ts";
import { createSourceStore, sourceNumbers } from "./store/sources.ts";
import type { Store } from "./store/store.ts";
import type { TenantStore } from "./store/tenants.ts";
import { createUsedTokens } from "./store/used-tokens.ts";
import type { UserStore } from "./store/users.ts";
import { createVisitStore } from "./store/visits.ts";
import { createCachedLookUp } from "./ttl-cache.ts";
import type { WritebackService } from "./writeback/writeback-service.ts";

export interface SelfServiceDeps {
  readonly config: CloudConfig;
  readonly store: Store;
  readonly agentLine: Pick<AgentLine, "ask">;
  readonly issuer: SigningKey;
  readonly portalKeys: PortalKeys;
  readonly tenants: TenantStore;
  readonly users: UserStore;
  readonly agents: Pick<AgentStore, "recipients">;
  readonly gateway: Pick<Gateway, "presentAgents">;
  readonly writeback: WritebackService;
  readonly policy: PolicyControl;
  readonly limits: Limits;
  readonly registrations: Registrations;
  readonly notifier: RunningNotifier;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface SelfService extends Closable {
  readonly numberChanges: NumberChanges;
  readonly methodChanges: Pick<MethodChanges, "change">;
  /** Registers pages, assets and the routes of provider reports. Throws ASSETS_MISSING. */
  registerRoutes(app: FastifyInstance, closing: AbortSignal): Promise<void>;
}

/** Budgets grow with the number of users, which need not be exact. */
const KEEP_COUNT_MS = 10_000;

export function startSelfService(deps: SelfServiceDeps): SelfService {
  const { config, store, tenants, users, gateway, notifier, registrations, policy, portalKeys } = deps;
  const { limits, audit, clock, log, writeback } = deps;
  const closing = new CloseStack();

  const sources = createSourceStore({ store });
  const accounts = createAccountService({
    ...deps,
    node: config.node,
    sourceNumbers: (tenantId) => sourceNumbers(store, tenantId),
    sourceSuffixes: async (tenantId) =>
      (await sources.list(tenantId)).map(({ number, identity: { suffix } }) => ({ number, suffix })),
    presentAgents: (tenantId) => gateway.presentAgents(tenantId),
  });
  const proofs = createProofs({ registrations, portalKeys, clock });
  const people = createPeople({ users, registrations, proofs, portalKeys, clock });
  const common = { people, policy, accounts, writeback, notifier, limits, portalKeys, audit, clock, log };
  const userCounts = createCachedLookUp({ ttlMs: KEEP_COUNT_MS, clock }, (tenantId) => users.count(tenantId));

  const tenantIds = async (): Promise<string[]> => (await tenants.list()).map(({ id }) => id);
  const methodChanges = closing.add(
    startMethodChanges({
      ...common,
      registrations,
      countUsers: (tenantId) => userCounts.get(tenantId),
      tenantIds,
    }),
  );
  const reset = closing.add(
    createResetService({
      ...common,
      attempts: createVisitStore({
        store,
        kind: "attempt",
        schema: attemptSchema,
        keyOf: keys.attempt,
        personOf: personOfAttempt,
      }),
      proofs,
      countUsers: (tenantId) => userCounts.get(tenantId),
    }),
  );
  const registration = closing.add(
    createRegistrationService({
      ...common,
      sessions: createVisitStore({
        store,
        kind: "session",
        schema: registrationSessionSchema,
        keyOf: keys.registrationSession,
        personOf: personOfSession,
      }),
      registrations,
      methodChanges,
      proofs,
      users,
      tenantName: async (tenantId) => (await tenants.get(tenantId)).name,
    }),
  );
  const numberChanges = closing.add(
    startNumberChanges({
      ...common,
      changes: createNumberChangeStore({ store }),
      countUsers: (tenantId) => users.count(tenantId),
      tenantIds,
    }),
  );

  return {
    numberChanges,
    methodChanges,
    async registerRoutes(app, signal) {
      notifier.registerRoutes(app);
      if (!config.portal.enabled) return;
      await registerPortal(app, {
        config: config.portal,
        publicUrl: config.publicUrl,
        reset,
        registration: (app, portal) => registrationRoutes(app, portal, registration),
        tenants,
        policy,
        portalKeys,
        limits,
        clock,
        log,
        isFirstUse: createUsedTokens({ store }),
        isUnderAttack: async (tenantId) =>
          (await reset.underAttack(tenantId)) || (await registration.underAttack(tenantId)),
        closing: signal,
      });
    },
    close: () => closing.close(),
  };
}
