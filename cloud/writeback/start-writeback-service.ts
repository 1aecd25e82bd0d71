/** Assembles the parts of writeback on one node. */
import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/logger.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import type { Audit } from "../audit/audit.ts";
import type { CloudConfig } from "../config/config.ts";
import type { JobRecord } from "../store/job-record.ts";
import { createJobStore, type JobStore } from "../store/jobs.ts";
import type { NodeBus } from "../store/node-bus.ts";
import type { Store } from "../store/store.ts";
import type { UserStore } from "../store/users.ts";
import { createAgentAnswers } from "./agent-answers.ts";
import { Delivery } from "./delivery.ts";
import { createIssuer } from "./issuer.ts";
import { createJobAuditor } from "./job-auditor.ts";
import { startJobQueues } from "./job-queues.ts";
import { createJobRequests } from "./job-requests.ts";
import { createJobSignals } from "./job-signals.ts";
import { createNodeHints } from "./node-hints.ts";
import type { JobPlace } from "./offer-choice.ts";
import { type ConnectedAgents, createDrafting, type WritebackAgents } from "./submission.ts";
import { startSweep } from "./sweep.ts";
import type { OfferSession, WritebackService } from "./writeback-service.ts";

export interface WritebackDeps {
  readonly store: Store;
  readonly bus: NodeBus;
  readonly agents: WritebackAgents;
  readonly users: Pick<UserStore, "sourceOf">;
  /** The agents connected to this node, approved or not. The same objects are passed to sessionReady and sessionGone. */
  sessions(tenantId: string): readonly OfferSession[];
  readonly connectedAgents: ConnectedAgents;
  readonly issuer: SigningKey;
  readonly audit: Audit;
  readonly log: Logger;
  readonly clock: Clock;
  readonly config: CloudConfig["writeback"];
  /** Replace the defaults, milliseconds: see JobStoreOptions and SweepDeps. */
  readonly times?: {
    readonly leaseMs?: number;
    readonly graceMs?: number;
    readonly giveUpMs?: number;
    readonly sweepMs?: number;
    readonly auditOverdueMs?: number;
  };
}

const SWEEP_MS = 3_000;
/** The node that made a step audits it right away. A step that is not audited after this long belongs to a node that died. */
const AUDIT_OVERDUE_MS = 10_000;

/** Begins to deliver jobs and to sweep. Throws STORE_UNAVAILABLE. */
export async function startWritebackService(deps: WritebackDeps): Promise<WritebackService> {
  const { store, bus, audit, clock, config, times = {} } = deps;
  const { node } = bus;
  const log = deps.log.child({ room: "writeback" });
  const closing = new CloseStack();
  const { keepSeconds, maxPending } = config;
  const jobs: JobStore = createJobStore({ store, keepSeconds, maxPending, ...times });
  const queues = closing.add(await startJobQueues({ store, log }));
  const signals = createJobSignals();
  const auditor = createJobAuditor({ audit, jobs, log });
  const issuer = createIssuer(deps.issuer);
  const hints = createNodeHints({ bus, connectedAgents: deps.connectedAgents, log });
  const drafting = createDrafting({
    jobs,
    agents: deps.agents,
    users: deps.users,
    connectedAgents: deps.connectedAgents,
    issuer,
    agentsHere: (tenantId) => deps.sessions(tenantId),
    ttlMs: config.ttlSeconds * 1000,
  });

  const delivery = closing.add(
    new Delivery({
      node,
      jobs,
      queues,
      signals,
      log,
      clock,
      sessions: (tenantId) => deps.sessions(tenantId),
      wakeOthers: ({ tenantId, source }) => hints.wakeOthers(tenantId, source),
    }),
  );
  async function wake(place: JobPlace, waiting?: number): Promise<void> {
    if (!delivery.fetch(place, waiting)) await hints.wakeOthers(place.tenantId, place.source);
  }
  /** Records on this node that a job is decided. */
  function heard(tenantId: string, jobId: string, record: JobRecord | null = null): void {
    requests.decided(tenantId, jobId);
    delivery.decided(jobId);
    signals.notify(jobId, record);
  }
  async function announce(
    tenantId: string,
    jobId: string,
    { nodes, record }: { readonly nodes: readonly string[]; readonly record?: JobRecord | null },
  ): Promise<void> {
    heard(tenantId, jobId, record);
    await hints.tellFinal(nodes, tenantId, jobId);
  }

  const requests = createJobRequests({
    node,
    jobs,
    queues,
    signals,
    drafting,
    issuer,
    auditor,
    wake,
    heard,
    announce,
    log,
    clock,
  });
  const answers = createAgentAnswers({ jobs, delivery, auditor, announce, log });
  closing.defer(
    bus.onMessage((message) => {
      if (message.kind === "job.waiting") delivery.fetch(message);
      else if (message.kind === "job.final") heard(message.tenantId, message.jobId);
    }),
  );
  closing.add(
    startSweep({
      node,
      jobs,
      queues,
      signals,
      auditor,
      log,
      clock,
      everyMs: times.sweepMs ?? SWEEP_MS,
      auditOverdueMs: times.auditOverdueMs ?? AUDIT_OVERDUE_MS,
      sourcesHere: (tenantId) => [
        ...new Set(deps.sessions(tenantId).flatMap(({ source }) => (source === null ? [] : [source]))),
      ],
      fetch: (place) => delivery.fetch(place),
      wake,
    }),
  );

  return {
    draft: requests.draft,
    submit: requests.submit,
    get: requests.get,
    waitForVerdict: requests.waitForVerdict,
    listForUser: requests.listForUser,
    list: requests.list,
    cancel: requests.cancel,
    claim: (session, body) => answers.claim(session, body),
    nack: (session, body) => answers.nack(session, body),
    outcome: (session, body) => answers.outcome(session, body),
    sessionReady: (session) => delivery.sessionReady(session),
    sessionGone: (session) => delivery.sessionGone(session),
    close: () => closing.close(),
  };
}
