/** Puts the parts of writeback together on one node. */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { isFinalState } from "../../shared/writeback.ts";
import type { Audit } from "../audit/audit.ts";
import type { CloudConfig } from "../config/config.ts";
import type { JobRecord } from "../store/job-record.ts";
import { createJobStore, type JobStore } from "../store/jobs.ts";
import type { NodeBus } from "../store/node-bus.ts";
import type { Store } from "../store/store.ts";
import { createAgentAnswers } from "./agent-answers.ts";
import { Delivery } from "./delivery.ts";
import { createIssuer } from "./issuer.ts";
import { createJobAuditor, submittedEvent } from "./job-auditor.ts";
import { openJobQueues } from "./job-queues.ts";
import { createJobSignals } from "./job-signals.ts";
import { type ConnectedAgents, createDrafting, type WritebackAgents } from "./submission.ts";
import { startSweep } from "./sweep.ts";
import type { OfferSession, Submission, WritebackService } from "./writeback-service.ts";

export interface WritebackDeps {
  readonly store: Store;
  readonly bus: NodeBus;
  readonly agents: WritebackAgents;
  /** The agents connected to this node, approved or not: the same objects that sessionReady and sessionGone get. */
  sessions(tenantId: string): readonly OfferSession[];
  readonly connectedAgents: ConnectedAgents;
  readonly issuer: SigningKey;
  readonly audit: Audit;
  readonly log: Logger;
  readonly clock: Clock;
  readonly config: CloudConfig["writeback"];
  /** Other than the usual times, milliseconds: see JobStoreOptions and SweepDeps. */
  readonly times?: {
    readonly leaseMs?: number;
    readonly graceMs?: number;
    readonly giveUpMs?: number;
    readonly sweepMs?: number;
    readonly auditOverdueMs?: number;
  };
}

const SWEEP_MS = 3_000;
/** Whoever made a step audits it right away; after this it has died. */
const AUDIT_OVERDUE_MS = 10_000;
/** How often whoever waits looks at the record, should the message that it is final be lost. */
const LOOK_MS = 1_000;
/** The tenant's place among the active ones is renewed this often while it submits. */
const ACTIVE_MS = MINUTE_MS;
/** Jobs made here that nobody waited for; the oldest make room. */
const MAX_FRESH = 1_000;

/** Opens a connection to Redis for the queues. Throws STORE_UNAVAILABLE. */
export async function startWritebackService(deps: WritebackDeps): Promise<WritebackService> {
  const { store, bus, audit, clock, config, times = {} } = deps;
  const { node } = bus;
  const log = deps.log.child({ room: "writeback" });
  const closing = new CloseStack();
  const { keepSeconds, maxPending } = config;
  const jobs: JobStore = createJobStore({ store, keepSeconds, maxPending, ...times });
  const queues = closing.add(await openJobQueues({ store, log }));
  const signals = createJobSignals();
  const auditor = createJobAuditor({ audit, jobs, log });
  const issuer = createIssuer(deps.issuer);
  const drafting = createDrafting({
    jobs,
    agents: deps.agents,
    connectedAgents: deps.connectedAgents,
    issuer,
    agentsHere: (tenantId) => deps.sessions(tenantId),
    ttlMs: config.ttlSeconds * 1000,
  });

  /** A lost hint costs a second, so its failure is nobody's failure. */
  const hint = async (work: () => Promise<unknown>): Promise<void> => {
    await work().catch((error: unknown) => log.debug("writeback.hint.lost", { error }));
  };
  /** `waiting`: how many are known to wait. */
  const wake = (tenantId: string, own: boolean, waiting?: number): Promise<void> =>
    hint(async () => {
      if (own && delivery.fetch(tenantId, waiting)) return;
      const nodes = new Set((await deps.connectedAgents(tenantId)).map((agent) => agent.node));
      nodes.delete(node);
      await Promise.all([...nodes].map((other) => bus.publish(other, { kind: "job.waiting", tenantId })));
    });
  /** Made here, and decided by nobody as far as this node was told: whoever decides one tells it. */
  const fresh = new Set<string>();
  const nameOf = (tenantId: string, jobId: string): string => `${tenantId}/${jobId}`;
  const heard = (tenantId: string, jobId: string, record: JobRecord | null): void => {
    fresh.delete(nameOf(tenantId, jobId));
    delivery.decided(jobId);
    signals.notify(jobId, record);
  };
  const announce = async (
    tenantId: string,
    jobId: string,
    { nodes, record = null }: { readonly nodes: readonly string[]; readonly record?: JobRecord | null },
  ): Promise<void> => {
    heard(tenantId, jobId, record);
    const others = nodes.filter((other) => other !== node);
    await hint(() =>
      Promise.all(others.map((other) => bus.publish(other, { kind: "job.final", tenantId, jobId }))),
    );
  };

  const delivery: Delivery = new Delivery({
    node,
    jobs,
    queues,
    signals,
    log,
    clock,
    sessions: (tenantId) => deps.sessions(tenantId),
    wakeOthers: (tenantId) => wake(tenantId, false),
  });
  closing.add(delivery);
  closing.defer(
    bus.onMessage((message) => {
      if (message.kind === "job.waiting") delivery.fetch(message.tenantId);
      else if (message.kind === "job.final") heard(message.tenantId, message.jobId, null);
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
      hasSessions: (tenantId) => deps.sessions(tenantId).length > 0,
      fetch: (tenantId) => delivery.fetch(tenantId),
      wake: (tenantId) => wake(tenantId, true),
    }),
  );
  const answers = createAgentAnswers({ jobs, delivery, auditor, announce, log });

  const markedActive = new Map<string, number>();
  async function markActive(tenantId: string): Promise<void> {
    const now = clock.monotonicMs();
    if (now - (markedActive.get(tenantId) ?? -Infinity) < ACTIVE_MS) return;
    await jobs.markTenantActive(tenantId);
    markedActive.set(tenantId, now);
  }

  async function get(tenantId: string, jobId: string): Promise<JobRecord> {
    const record = await jobs.find(tenantId, jobId);
    if (record === null) throw new AppError("WRITEBACK_UNKNOWN");
    return record;
  }

  async function submit(tenantId: string, submission: Submission): Promise<{ readonly id: string }> {
    const { requestedBy, idempotencyKey } = submission;
    const digest = drafting.digest(submission);
    const request =
      idempotencyKey === undefined ? null : issuer.digest("request", [tenantId, requestedBy, idempotencyKey]);
    // Before anything else: a repeated request gets its answer also when no agent is connected any more.
    const seen = request === null ? null : await jobs.findRequest(tenantId, request);
    if (seen !== null) {
      if (seen.digest !== digest) throw new AppError("IDEMPOTENCY_CONFLICT");
      return { id: seen.jobId };
    }

    const job = await drafting.prepare(tenantId, submission);
    const { jobId } = job.order;
    await markActive(tenantId);
    const created = await jobs.create({ job, requestedBy, digest, request, node });
    switch (created.kind) {
      case "existing":
        return { id: created.jobId };
      case "conflict":
        throw new AppError("IDEMPOTENCY_CONFLICT");
      case "stale":
        throw new AppError("WRITEBACK_DRAFT_INVALID");
      case "full":
        throw new AppError("QUEUE_FULL");
      case "created":
    }

    const [oldest] = fresh.add(nameOf(tenantId, jobId));
    if (fresh.size > MAX_FRESH && oldest !== undefined) fresh.delete(oldest);
    log.info("writeback.job.submitted", { tenantId, jobId, userId: job.order.userId });
    // From here on the job is stored: what fails is done by the sweep, and must not look like a failure of the submit.
    await Promise.all([
      hint(async () => {
        await queues.add(tenantId, [jobId]);
        await wake(tenantId, true, 1);
      }),
      auditor.settle(tenantId, jobId, "submitted", submittedEvent({ ...job.order, id: jobId }, requestedBy)),
      ...created.superseded.map(async (other) => {
        heard(tenantId, other, null);
        await auditor.settle(tenantId, other, "decided");
      }),
    ]);
    return { id: jobId };
  }

  return {
    draft: (tenantId, request, suite) => drafting.draft(tenantId, request, suite),
    submit,
    get,
    async waitForVerdict(tenantId, jobId, withinMs, signal) {
      const deadline = clock.monotonicMs() + withinMs;
      const watch = signals.watch(jobId);
      try {
        // What was made here a moment ago need not be read before somebody says that it is decided.
        let told: JobRecord | null = null;
        if (withinMs > 0 && fresh.delete(nameOf(tenantId, jobId)))
          told = await watch.next(Math.min(LOOK_MS, withinMs), signal);
        for (;;) {
          const record = told?.tenantId === tenantId ? told : await get(tenantId, jobId);
          const leftMs = deadline - clock.monotonicMs();
          if (isFinalState(record.state) || leftMs <= 0 || signal?.aborted === true) return record;
          told = await watch.next(Math.min(LOOK_MS, leftMs), signal);
        }
      } finally {
        watch.close();
      }
    },
    listForUser: (tenantId, userId) => jobs.listForUser(tenantId, userId),
    list: (tenantId, limit) => jobs.list(tenantId, limit),
    async cancel(tenantId, jobId, requestedBy) {
      const { kind, nodes } = await jobs.cancel(tenantId, jobId, requestedBy);
      switch (kind) {
        case "missing":
          throw new AppError("WRITEBACK_UNKNOWN");
        case "granted":
          throw new AppError("JOB_GRANTED");
        case "cancelled":
          log.info("writeback.job.cancelled", { tenantId, jobId });
          await Promise.all([
            announce(tenantId, jobId, { nodes }),
            auditor.settle(tenantId, jobId, "cancelled"),
          ]);
          return get(tenantId, jobId);
        case "final":
          return get(tenantId, jobId);
      }
    },
    claim: (session, body) => answers.claim(session, body),
    nack: (session, body) => answers.nack(session, body),
    outcome: (session, body) => answers.outcome(session, body),
    sessionReady: (session) => delivery.sessionReady(session),
    sessionGone: (session) => delivery.sessionGone(session),
    close: () => closing.close(),
  };
}
