/** Starts the gateway of one cloud node with real Redis and a real HTTP server. Its handlers record what they get. */
import { readFileSync } from "node:fs";
import fastify from "fastify";
import type { AuditEvent } from "../../cloud/audit/audit.ts";
import { createAgentApproval } from "../../cloud/enrollment/agent-approval.ts";
import { createEnrollment } from "../../cloud/enrollment/enrollment.ts";
import { startGateway } from "../../cloud/gateway/gateway.ts";
import type { GatewayHandlers } from "../../cloud/gateway/gateway-handlers.ts";
import type { GatewayTimings } from "../../cloud/gateway/gateway-timings.ts";
import { HTTP_LIMITS } from "../../cloud/gateway/http-limits.ts";
import { createAgentStore } from "../../cloud/store/agents.ts";
import { openNodeBus } from "../../cloud/store/node-bus.ts";
import { createSourceStore } from "../../cloud/store/sources.ts";
import { openStore, type RedisAddress } from "../../cloud/store/store.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import { type Logger, silentLogger } from "../../shared/logger.ts";
import { NO_COUNTS } from "../../shared/protocol/frames.ts";
import { generateSigningKey, type SigningKey } from "../../shared/sealing/signing-key.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import type { StatedDirectory } from "../../shared/source.ts";
import { enrollFakeAgent, type FakeAgent, type FakeLink } from "./fake-agent.ts";
import { testMac } from "./record-mac.ts";
import { waitFor } from "./wait-for.ts";

export interface GatewayNodeOptions {
  readonly connection: RedisAddress;
  readonly handlers?: Partial<GatewayHandlers>;
  readonly node?: string;
  readonly serviceKey?: SigningKey;
  readonly issuerKey?: SigningKey;
  readonly timings?: Partial<GatewayTimings>;
  readonly syncBeforeApproval?: boolean;
  readonly port?: number;
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  readonly host?: string;
  readonly log?: Logger;
  readonly clock?: Clock;
}

export interface NewAgentOptions {
  readonly approved?: boolean;
  readonly directory?: StatedDirectory | null;
}

export type GatewayNode = Awaited<ReturnType<typeof startGatewayNode>>;

export const newTenantId = (): string => `t${newId().toLowerCase()}`;

export async function startGatewayNode(options: GatewayNodeOptions) {
  const {
    connection,
    node = `node-${newId()}`,
    serviceKey = generateSigningKey(),
    issuerKey = generateSigningKey(),
    timings = {},
    syncBeforeApproval = true,
    port = 0,
    tls,
    host = "127.0.0.1",
    log = silentLogger,
    clock = systemClock,
  } = options;
  const open = new CloseStack();
  const audited: AuditEvent[] = [];
  const audit = {
    append(event: AuditEvent) {
      audited.push(event);
      return Promise.resolve();
    },
  };
  /** Kind and body of every frame that reached a handler, in order; "ready" and "gone" with the session. */
  const handled: { readonly kind: string; readonly sessionId: string; readonly body?: unknown }[] = [];
  const handlers = { ...recordingHandlers(handled), ...options.handlers };

  const store = open.add(await openStore({ mac: testMac, connection, log }));
  const bus = open.add(await openNodeBus(store, node));
  const agents = createAgentStore({ store, clock });
  const sources = createSourceStore({ store });
  const agentApproval = createAgentApproval({ agents, sources, bus, audit });
  const enrollment = createEnrollment({
    store,
    audit,
    serviceKey,
    issuerPublicKey: issuerKey.publicKey,
    clock,
  });
  const scheme = tls === undefined ? "http" : "https";
  const gateway = startGateway({
    store,
    bus,
    agents,
    enrollment,
    serviceKey,
    node,
    handlers,
    audit,
    log,
    clock,
    config: { publicUrl: `${scheme}://${host}`, agents: { syncBeforeApproval } },
    timings,
  });
  // Fastify overrides these two options of the server.
  const { requestTimeout, keepAliveTimeout } = HTTP_LIMITS;
  const app =
    tls === undefined
      ? fastify({ http: HTTP_LIMITS, requestTimeout, keepAliveTimeout })
      : fastify({
          requestTimeout,
          keepAliveTimeout,
          https: {
            ...HTTP_LIMITS,
            cert: readFileSync(tls.certificateFile),
            key: readFileSync(tls.keyFile),
          },
        });
  gateway.registerRoutes(app as never);
  gateway.attach(app.server);
  await app.listen({ host: "127.0.0.1", port });
  open.defer(() => app.close());
  open.add(gateway);
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `${scheme}://${host}:${address.port}`;

  return {
    url,
    port: address.port,
    node,
    serviceKey,
    issuerKey,
    store,
    bus,
    agents,
    sources,
    agentApproval,
    enrollment,
    gateway,
    audited,
    handled,
    async newToken(tenantId: string, order: { cidrs?: string[]; ttlMs?: number } = {}) {
      return (await enrollment.createToken({ tenantId, name: "dc1", createdBy: "system", ...order })).token;
    },
    /** Enrols an agent, and approves it unless told otherwise. */
    async newAgent(
      tenantId = newTenantId(),
      { approved = true, directory }: NewAgentOptions = {},
    ): Promise<FakeAgent> {
      const token = await this.newToken(tenantId);
      const agent = await enrollFakeAgent({ url, token, ...(directory === undefined ? {} : { directory }) });
      if (approved)
        await agentApproval.approve(tenantId, agent.agentId, {
          fingerprint: agent.fingerprint,
          by: "system",
        });
      return agent;
    },
    /** Waits until the node has accepted the session. */
    untilReady: (link: FakeLink): Promise<unknown> =>
      waitFor("the session to be ready", () =>
        handled.some(({ kind, sessionId }) => kind === "ready" && sessionId === link.welcome.sessionId),
      ),
    auditOf: (agent: FakeAgent): AuditEvent[] =>
      audited.filter(({ subject }) => subject === `agent:${agent.agentId}`),
    close: () => open.close(),
  };
}

function recordingHandlers(handled: { kind: string; sessionId: string; body?: unknown }[]): GatewayHandlers {
  const note = (kind: string, { sessionId }: { sessionId: string }, body?: unknown): void => {
    handled.push({ kind, sessionId, ...(body === undefined ? {} : { body }) });
  };
  const finished = (runId: string) => ({ runId, state: "done" as const, counts: NO_COUNTS, held: 0 });
  return {
    syncBegin(session, body) {
      note("sync.begin", session, body);
      return Promise.resolve({ runId: body.runId, cursor: null, users: 0, userId: null });
    },
    syncBatch(session, body) {
      note("sync.batch", session, body);
      return Promise.resolve({
        runId: body.runId,
        sequence: body.sequence,
        counts: NO_COUNTS,
        unknown: [],
        otherSource: [],
      });
    },
    syncFinish(session, body) {
      note("sync.finish", session, body);
      return Promise.resolve(finished(body.runId));
    },
    syncFail(session, body) {
      note("sync.fail", session, body);
      return Promise.resolve(finished(body.runId));
    },
    syncNote(session, body) {
      note("sync.note", session, body);
      return Promise.resolve();
    },
    jobClaim(session, body) {
      note("job.claim", session, body);
      return Promise.resolve({ type: "job.deny", body: { jobId: body.jobId, reason: "unknown" } });
    },
    jobNack(session, body) {
      note("job.nack", session, body);
      return Promise.resolve();
    },
    jobOutcome(session, body) {
      note("job.outcome", session, body);
      return Promise.resolve();
    },
    sessionReady: (session) => note("ready", session),
    sessionGone: (session) => note("gone", session),
  };
}
