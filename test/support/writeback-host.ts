/** Starts cloud nodes that run only their writeback, with real Redis, and scripted agents. */
import { randomBytes } from "node:crypto";
import type { AuditEvent } from "../../cloud/audit/audit.ts";
import { type NodeBus, type NodeMessage, openNodeBus } from "../../cloud/store/node-bus.ts";
import { openStore, type Store } from "../../cloud/store/store.ts";
import { startWritebackService } from "../../cloud/writeback/start-writeback-service.ts";
import type {
  ClaimAnswer,
  OfferSession,
  Submission,
  WritebackRequest,
  WritebackService,
} from "../../cloud/writeback/writeback-service.ts";
import { systemClock } from "../../shared/clock.ts";
import { AppError, type ErrorCode, isAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { silentLogger } from "../../shared/logger.ts";
import type { SealingKeyRecord, SignedJob } from "../../shared/sealing/job.ts";
import { openPassword, type Passwords } from "../../shared/sealing/password.ts";
import { FIRST_RECEIPT, type Receipt, signReceipt } from "../../shared/sealing/receipt.ts";
import { generateSigningKey, type SigningKey } from "../../shared/sealing/signing-key.ts";
import { Secret } from "../../shared/secret.ts";
import { type AccountMark, makeVerdict, type Verdict } from "../../shared/writeback.ts";
import { makeRecipient } from "./recipient.ts";
import { testMac } from "./record-mac.ts";

export const MARK: AccountMark = { server: "dc1.example.com", changed: "1", locked: "" };
export const APPLIED: Verdict = makeVerdict("applied", null, {
  passwordSet: true,
  server: "dc1.example.com",
});

export interface CloudNode {
  readonly name: string;
  readonly service: WritebackService;
  readonly store: Store;
  /** Finishes open work and closes the node. */
  readonly close: () => Promise<void>;
}

export interface ScriptedAgent {
  readonly agentId: string;
  readonly source: number;
  readonly identity: SigningKey;
  readonly sealingKey: SealingKeyRecord;
  /** All offers received, in order. */
  readonly offers: SignedJob[];
  /** Called with each offer; does nothing unless set. */
  onOffer: (job: SignedJob) => void;
  readonly session: OfferSession | null;
  connect(node: CloudNode, options?: { readonly approved?: boolean; readonly credits?: number }): void;
  disconnect(): void;
  claim(jobId: string, mark?: AccountMark | null): Promise<ClaimAnswer>;
  receipt(job: SignedJob, verdict: Verdict): Receipt;
  outcome(job: SignedJob, verdict?: Verdict): Promise<void>;
  nack(jobId: string, retryAfterMs: number): Promise<void>;
  open(job: SignedJob): Promise<Passwords>;
}

export interface WritebackHost {
  readonly tenantId: string;
  readonly issuer: SigningKey;
  readonly audit: AuditEvent[];
  /** While set, appending to the audit fails. */
  auditFails: boolean;
  /** The source of a user; 1 unless set. */
  sourceOf: (userId: string) => number;
  /** While set, no message between nodes arrives. */
  busIsDeaf: boolean;
  /** `port` is a proxy of the same Redis that the test can cut. */
  node(name: string, port?: number): Promise<CloudNode>;
  agent(source?: number): Promise<ScriptedAgent>;
  /** Forgets a node as if its machine had stopped. Cut its connection to Redis as well. */
  forget(node: CloudNode): void;
  /** Closes what is still open. */
  close(): Promise<void>;
}

export interface Times {
  readonly leaseMs?: number;
  readonly graceMs?: number;
  readonly giveUpMs?: number;
  readonly sweepMs?: number;
  readonly auditOverdueMs?: number;
}

export interface WritebackHostOptions {
  readonly connection: { readonly host: string; readonly port: number };
  readonly ttlSeconds?: number;
  readonly maxPending?: number;
  readonly times?: Times;
}

export const newUserId = (): string => randomBytes(16).toString("hex");

export const resetRequest = (userId: string, changes: Partial<WritebackRequest> = {}): WritebackRequest => ({
  userId,
  operation: "reset",
  mustChange: false,
  unlock: false,
  methods: ["api"],
  ...changes,
});

export const plain = (
  userId: string,
  password = "Näive-Zebra-7!",
  more: { readonly idempotencyKey?: string } = {},
): Submission => ({
  kind: "plain",
  request: resetRequest(userId),
  passwords: { newPassword: new Secret(password) },
  requestedBy: "key:test",
  ...more,
});

export function createWritebackHost({
  connection,
  ttlSeconds = 120,
  maxPending = 1000,
  times,
}: WritebackHostOptions): WritebackHost {
  const tenantId = `t${newId().toLowerCase().slice(-12)}`;
  const issuer = generateSigningKey();
  const agents: ScriptedAgent[] = [];
  const nodes = new Map<string, { node: CloudNode; sessions: Set<OfferSession> }>();
  const host: WritebackHost = {
    tenantId,
    issuer,
    audit: [],
    auditFails: false,
    sourceOf: () => 1,
    busIsDeaf: false,
    async node(name, port = connection.port) {
      const store = await openStore({ mac: testMac, connection: { ...connection, port }, log: silentLogger });
      const bus = await openNodeBus(store, name);
      const sessions = new Set<OfferSession>();
      const service = await startWritebackService({
        store,
        bus: deafWhen(bus, () => host.busIsDeaf),
        agents: {
          recipients: (_tenantId, source) =>
            Promise.resolve(agents.filter((a) => a.source === source).map((agent) => agent.sealingKey)),
        },
        users: { sourceOf: (_tenantId, userId) => Promise.resolve(host.sourceOf(userId)) },
        sessions: () => [...sessions],
        connectedAgents: () =>
          Promise.resolve(
            [...nodes.values()].flatMap((entry) =>
              [...entry.sessions].map(({ agentId }) => ({ agentId, node: entry.node.name })),
            ),
          ),
        issuer,
        audit: {
          append(event) {
            if (host.auditFails) return Promise.reject(new AppError("STORE_UNAVAILABLE"));
            host.audit.push(event);
            return Promise.resolve();
          },
        },
        log: silentLogger,
        clock: systemClock,
        config: { ttlSeconds, keepSeconds: 3600, maxPending },
        times: { sweepMs: 200, ...times },
      });
      const node: CloudNode = {
        name,
        service,
        store,
        async close() {
          if (!nodes.delete(name)) return;
          await service.close();
          await bus.close();
          await store.close();
        },
      };
      nodes.set(name, { node, sessions });
      return node;
    },
    async agent(source = 1) {
      const agent = await createScriptedAgent(tenantId, source, (node) => nodes.get(node.name)?.sessions);
      agents.push(agent);
      return agent;
    },
    forget(node) {
      nodes.get(node.name)?.sessions.clear();
    },
    async close() {
      await Promise.all([...nodes.values()].map(({ node }) => node.close()));
    },
  };
  return host;
}

const deafWhen = (bus: NodeBus, deaf: () => boolean): NodeBus => ({
  ...bus,
  onMessage: (handler: (message: NodeMessage) => void) =>
    bus.onMessage((message) => {
      if (!deaf()) handler(message);
    }),
});

async function createScriptedAgent(
  tenantId: string,
  source: number,
  sessionsOf: (node: CloudNode) => Set<OfferSession> | undefined,
): Promise<ScriptedAgent> {
  const agentId = newId();
  const identity = generateSigningKey();
  const { record: sealingKey, sealingKey: pair } = await makeRecipient({ identityKey: identity, agentId });
  let at: { readonly node: CloudNode; readonly session: OfferSession } | null = null;
  const here = (): NonNullable<typeof at> => {
    if (at === null) throw new AppError("LINK_CLOSED");
    return at;
  };
  const agent: ScriptedAgent = {
    agentId,
    source,
    identity,
    sealingKey,
    offers: [],
    onOffer: () => undefined,
    get session() {
      return at?.session ?? null;
    },
    connect(node, { approved = true, credits = 8 } = {}) {
      const session: OfferSession = {
        tenantId,
        agentId,
        credits,
        approved,
        source,
        writebackEnabled: true,
        identityKey: identity.publicKey,
        send(_type, { job }) {
          if (at?.session !== session) throw new AppError("LINK_CLOSED");
          agent.offers.push(job);
          agent.onOffer(job);
        },
      };
      at = { node, session };
      sessionsOf(node)?.add(session);
      node.service.sessionReady(session);
    },
    disconnect() {
      if (at === null) return;
      const { node, session } = at;
      at = null;
      sessionsOf(node)?.delete(session);
      node.service.sessionGone(session);
    },
    claim: (jobId, mark = MARK) => here().node.service.claim(here().session, { jobId, mark }),
    receipt: ({ order }, verdict) =>
      signReceipt(identity, {
        jobId: order.jobId,
        tenantId,
        userId: order.userId,
        agentId,
        verdict,
        decidedAt: Date.now(),
        previous: FIRST_RECEIPT,
      }),
    outcome: (job, verdict = APPLIED) =>
      here().node.service.outcome(here().session, { receipt: agent.receipt(job, verdict) }),
    nack: (jobId, retryAfterMs) =>
      here().node.service.nack(here().session, { jobId, code: "DIRECTORY_BUSY", retryAfterMs }),
    async open(job) {
      const seal = job.sealed.find((known) => known.agentId === agentId);
      if (seal === undefined) throw new AppError("NOT_SEALED_TO_AGENT");
      return openPassword(job.order, seal, pair);
    },
  };
  return agent;
}

/** Makes an agent claim each offer and report what `apply` returns. */
export function works(
  agent: ScriptedAgent,
  apply: (job: SignedJob) => Verdict | Promise<Verdict> = () => APPLIED,
): void {
  agent.onOffer = (job) => {
    void (async () => {
      const answer = await agent.claim(job.order.jobId);
      if (answer.type === "job.grant") await agent.outcome(job, await apply(job));
    })().catch(() => undefined); // the store is away: the job is offered again
  };
}

/** Returns the error code that refuses a call. */
export async function refusal(work: Promise<unknown>): Promise<ErrorCode | "no refusal"> {
  try {
    await work;
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
  return "no refusal";
}
