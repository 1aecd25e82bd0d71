/** Assembles a cloud node and closes it. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Clock } from "../shared/clock.ts";
import { DAY_MS } from "../shared/durations.ts";
import { AppError } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import { startMetricsServer } from "../shared/metrics-server.ts";
import { type Closable, CloseStack } from "../shared/shutdown.ts";
import { createDomainProof } from "./admin/domain-proof.ts";
import { createApiServer } from "./admin/server.ts";
import { warnOfDeafTenants, withAdminAlarms } from "./alarms/admin-alarms.ts";
import type { Audit } from "./audit/audit.ts";
import { startAuditLog } from "./audit/audit-log.ts";
import type { CloudConfig } from "./config/config.ts";
import { createAgentApproval } from "./enrollment/agent-approval.ts";
import { createEnrollment } from "./enrollment/enrollment.ts";
import { startAgentLine } from "./gateway/agent-line.ts";
import { type Gateway, startGateway } from "./gateway/gateway.ts";
import type { GatewayHandlers } from "./gateway/gateway-handlers.ts";
import { ensurePrivateDirectory, openKeyFiles } from "./keys/key-files.ts";
import { isMarkedSealed, markSealed } from "./keys/sealed-mark.ts";
import { reportLimits } from "./limits/report-limits.ts";
import { type CloudMetrics, createCloudMetrics } from "./metrics/cloud-metrics.ts";
import { startNotifier } from "./notify/start-notifier.ts";
import { adoptOwnerKey } from "./owner-key.ts";
import type { NumberChanges } from "./people/number-changes.ts";
import { createPolicyService } from "./policy/create-policy-service.ts";
import { startSelfService } from "./self-service.ts";
import { createAgentStore } from "./store/agents.ts";
import { createApiKeys } from "./store/api-keys.ts";
import { createAuditChain } from "./store/audit-chain.ts";
import { createLimits } from "./store/limits.ts";
import { openNodeBus } from "./store/node-bus.ts";
import { openRedis } from "./store/open-redis.ts";
import { createPersonEpochs } from "./store/person-epochs.ts";
import { createPolicyStore } from "./store/policies.ts";
import { createProblemStore } from "./store/problems.ts";
import { createRegistrations } from "./store/registrations.ts";
import { isUnsealed } from "./store/reseal-records.ts";
import { createRunStore } from "./store/runs.ts";
import { createSourceStore } from "./store/sources.ts";
import { openStore, type Store } from "./store/store.ts";
import { createTenantStore } from "./store/tenants.ts";
import { createUserStore } from "./store/users.ts";
import { startSyncService, type SyncService } from "./sync/sync-service.ts";
import { startWritebackService } from "./writeback/start-writeback-service.ts";
import type { WritebackService } from "./writeback/writeback-service.ts";

export interface CloudDeps {
  readonly log: Logger;
  readonly clock: Clock;
}

export interface CloudHandle extends Closable {
  /** Address that the node listens on, with the actual port. */
  readonly url: string;
  readonly metricsUrl: string | null;
  /** Sends agents to other nodes, waits for work in progress, then closes everything. Takes a few seconds at most. */
  close(): Promise<void>;
}

/** Throws STATE_UNREADABLE (run `latchkey-cloud init`), REDIS_MISSING, STORE_UNAVAILABLE, CONFIG_INVALID. */
export async function startCloud(config: CloudConfig, { log, clock }: CloudDeps): Promise<CloudHandle> {
  const closing = new CloseStack();
  try {
    return await start(config, { log, clock }, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(
  config: CloudConfig,
  { log, clock }: CloudDeps,
  closing: CloseStack,
): Promise<CloudHandle> {
  const { dataDirectory, node } = config;
  await ensurePrivateDirectory(dataDirectory);
  const { service: serviceKey, issuer, portal: portalKeys, records: mac } = await openKeyFiles(dataDirectory);
  const store = closing.add(await openStore({ connection: await openRedis(config, log, closing), mac, log }));
  await assertSealed(store, dataDirectory, clock);
  const bus = closing.add(await openNodeBus(store, node));
  const metrics = createCloudMetrics();
  const keepMs = config.audit.keepDays * DAY_MS;
  const auditLog = closing.add(
    startAuditLog({ chain: createAuditChain(store), serviceKey, keepMs, log, clock }),
  );
  const counted = metrics.counted(auditLog);
  const apiKeys = createApiKeys({ store, clock });
  await adoptOwnerKey(dataDirectory, { apiKeys, audit: counted });

  const tenants = createTenantStore({ store, clock });
  const storedLimits = createLimits({ store });
  const policy = createPolicyService({ policies: createPolicyStore(store), clock });
  const notifier = closing.add(
    await startNotifier({
      publicUrl: config.publicUrl,
      store,
      tenants,
      portalKeys,
      audit: counted,
      clock,
      log,
      config: config.notify,
      admins: async (tenantId) => {
        const { admins, language } = (await policy.forAlarms(tenantId)).policy;
        return { emails: admins.emails, language };
      },
    }),
  );
  const audit = withAdminAlarms({ audit: counted, policy, notifier, limits: storedLimits, tenants, log });
  const limits = reportLimits({
    limits: storedLimits,
    audit,
    onHit: (name) => metrics.limitHit(name),
    log: log.child({ room: "limits" }),
  });
  reportRefusals(store, { audit, metrics, log });
  const users = createUserStore({ store });
  const runs = createRunStore({ store, keepRuns: config.sync.keepRuns });
  const problems = createProblemStore({ store });
  const agents = createAgentStore({ store, clock });
  const sources = createSourceStore({ store });
  const agentApproval = createAgentApproval({ agents, sources, bus, audit });
  const issuerPublicKey = issuer.publicKey;
  const enrollment = createEnrollment({ store, audit, serviceKey, issuerPublicKey, clock });

  // Gateway and services need each other. The handlers are called only when agents connect, after all services have
  // been created.
  const services: { sync?: SyncService; writeback?: WritebackService; numberChanges?: NumberChanges } = {};
  const gateway = closing.add(
    startGateway({
      store,
      bus,
      agents,
      enrollment,
      serviceKey,
      node,
      audit,
      log,
      clock,
      config,
      handlers: handlersOf(services),
    }),
  );
  const connectedAgents = (tenantId: string) => gateway.connectedAgents(tenantId);
  const agentLine = closing.add(
    startAgentLine({ bus, log, session: (tenantId, agentId) => gateway.session(tenantId, agentId) }),
  );
  const sync = startSyncService({
    users,
    sources,
    agents,
    runs,
    problems,
    tenants,
    connectedAgents,
    audit,
    log,
    clock,
    config,
    askForRun: (tenantId, agent, body) => agentLine.ask(tenantId, agent, "sync.request", body),
    onRun(tenantId, run) {
      metrics.runDone(run);
      // A user who was added may be one who came back with another number.
      if (run.counts.changed + run.counts.added > 0) void services.numberChanges?.tell(tenantId);
    },
  });
  services.sync = closing.add(sync);
  const writeback = await startWritebackService({
    store,
    bus,
    agents,
    users,
    issuer,
    audit,
    log,
    clock,
    connectedAgents: (tenantId) => gateway.presentAgents(tenantId), // without records, which drafting reads anyway
    sessions: (tenantId) => gateway.sessions(tenantId),
    config: config.writeback,
  });
  services.writeback = closing.add(writeback);
  metrics.watchSessions(() => gateway.sessionCount);
  const registrations = createRegistrations({ store });
  const selfService = closing.add(
    startSelfService({
      config,
      store,
      agentLine,
      issuer,
      portalKeys,
      tenants,
      users,
      agents,
      gateway,
      writeback,
      policy,
      limits,
      registrations,
      notifier,
      audit,
      clock,
      log,
    }),
  );

  services.numberChanges = selfService.numberChanges;

  const draining = new AbortController();
  const app = await createApiServer({
    config,
    services: {
      apiKeys,
      tenants,
      users,
      enrollment,
      agents,
      sources,
      agentApproval,
      gateway,
      sync,
      writeback,
      clock,
      policy,
      limits,
      registrations,
      portalKeys,
      methodChanges: selfService.methodChanges,
      personEpochs: createPersonEpochs({ store }),
      notifier,
      audit: { ...auditLog, append: (event) => audit.append(event) },
      domainProof: createDomainProof(config),
      closing: draining.signal,
    },
    onRequestDone: (request) => metrics.requestDone(request),
    log,
  });
  gateway.registerRoutes(app);
  await selfService.registerRoutes(app, draining.signal);
  const url = await listen(app, gateway, config);
  closing.defer(() => stopServing(app, gateway, draining));

  let metricsUrl: string | null = null;
  if (config.metrics.listen !== undefined) {
    const server = await startMetricsServer({
      listen: config.metrics.listen,
      registry: metrics.registry,
      unreadyReasons: () => unreadyReasons(store, draining.signal),
    });
    metricsUrl = server.url;
    closing.add(server);
  }
  await warnOfDeafTenants({ tenants, policy, log });
  log.info("cloud.node.started", { node, url, metricsUrl, publicUrl: config.publicUrl });
  return {
    url,
    metricsUrl,
    async close() {
      draining.abort();
      await closing.close();
      log.info("cloud.node.stopped", { node });
    },
  };
}

/** Counts and audits records without a valid MAC, and counts those that are older than this node has seen. */
function reportRefusals(
  { refusals }: Store,
  { audit, metrics, log }: { readonly audit: Audit; readonly metrics: CloudMetrics; readonly log: Logger },
): void {
  refusals.onOlder(({ kind }) => metrics.recordOlder(kind));
  refusals.onRefusal(({ kind, tenantId, key }, isReported) => {
    metrics.recordRefused(kind);
    if (!isReported) return;
    void audit
      .append({
        tenantId,
        action: "record.refused",
        actor: "system",
        subject: `record:${kind}`,
        outcome: "refused",
        code: "RECORD_FORGED",
        details: { kind, key },
      })
      .catch((error: unknown) => log.error("store.refusal.not_audited", { tenantId, kind, key, error }));
  });
}

/**
 * Throws RECORD_FORGED for a store of an earlier version, since every request would fail with it. Once a node has started, records
 * without a code are forged, and each is refused by itself.
 */
async function assertSealed(store: Store, dataDirectory: string, clock: Pick<Clock, "now">): Promise<void> {
  if (await isMarkedSealed(dataDirectory)) return;
  if (await isUnsealed(store))
    throw new AppError(
      "RECORD_FORGED",
      "An earlier version wrote the records in Redis: they have no authentication codes yet. " +
        "Look at them with: latchkey-cloud records seal --adopt-unsigned --dry-run. Then run it with --yes instead.",
    );
  await markSealed(dataDirectory, clock.now());
}

async function listen(app: FastifyInstance, gateway: Gateway, config: CloudConfig): Promise<string> {
  await app.ready();
  gateway.attach(app.server);
  try {
    await app.listen({ ...config.listen }); // a copy, because Node changes the object and the configuration is frozen
  } catch (error) {
    throw listenFailure(error, config.listen);
  }
  const { address, port, family } = app.server.address() as AddressInfo;
  const host =
    address === "::" || address === "0.0.0.0" ? "127.0.0.1" : family === "IPv6" ? `[${address}]` : address;
  return `${config.tls === undefined ? "http" : "https"}://${host}:${port}`;
}

const LISTEN_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there",
  EADDRNOTAVAIL: "this host has no such address",
  EACCES: "a port below 1024 needs the capability CAP_NET_BIND_SERVICE",
};

function listenFailure(error: unknown, { host, port }: CloudConfig["listen"]): unknown {
  const reason = LISTEN_FAULTS[(error as NodeJS.ErrnoException).code ?? ""];
  if (reason === undefined) return error;
  return new AppError("CONFIG_INVALID", `listen: port ${port} on ${host} cannot be used: ${reason}.`, {
    cause: error,
  });
}

/** Tells agents to connect elsewhere first, so that they have moved when this node stops. */
async function stopServing(app: FastifyInstance, gateway: Gateway, draining: AbortController): Promise<void> {
  draining.abort(); // requests that wait for a verdict are answered with the current record
  gateway.drain();
  const closed = app.close(); // resolves when the last socket is closed, those of agents included
  await gateway.close();
  await closed;
}

const READY_TIMEOUT_MS = 2_000;

async function unreadyReasons({ redis }: Store, draining: AbortSignal): Promise<string[]> {
  if (draining.aborted) return ["draining"];
  const late = AbortSignal.timeout(READY_TIMEOUT_MS);
  try {
    await Promise.race([
      redis.ping(),
      once(late, "abort").then(() => {
        throw new Error("late");
      }),
    ]);
    return [];
  } catch {
    return ["Redis does not answer"]; // the reason is in the log of the store
  }
}

function handlersOf(services: {
  readonly sync?: SyncService;
  readonly writeback?: WritebackService;
}): GatewayHandlers {
  const sync = (): SyncService => present(services.sync);
  const writeback = (): WritebackService => present(services.writeback);
  return {
    syncBegin: (session, body) => sync().begin(session, body),
    syncBatch: (session, body) => sync().batch(session, body),
    syncFinish: (session, body) => sync().finish(session, body),
    syncFail: (session, body) => sync().fail(session, body),
    syncNote: (session, body) => sync().note(session, body),
    jobClaim: (session, body) => writeback().claim(session, body),
    jobNack: (session, body) => writeback().nack(session, body),
    jobOutcome: (session, body) => writeback().outcome(session, body),
    sessionReady: (session) => writeback().sessionReady(session),
    sessionGone: (session) => writeback().sessionGone(session),
  };
}

function present<T>(service: T | undefined): T {
  if (service === undefined) throw new Error("an agent connected before the node was built");
  return service;
}
