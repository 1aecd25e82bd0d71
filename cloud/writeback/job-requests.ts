/** Makes jobs and answers questions about them: the part of the writeback service that the API and the portals call. */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { isFinalState } from "../../shared/writeback.ts";
import type { JobRecord } from "../store/job-record.ts";
import type { JobStore } from "../store/jobs.ts";
import { createTtlCache } from "../ttl-cache.ts";
import type { Issuer } from "./issuer.ts";
import { type JobAuditor, submittedEvent } from "./job-auditor.ts";
import type { JobQueues } from "./job-queues.ts";
import type { JobSignals } from "./job-signals.ts";
import type { JobPlace } from "./offer-choice.ts";
import type { Drafting } from "./submission.ts";
import type { Submission, WritebackService } from "./writeback-service.ts";

export interface JobRequests extends Pick<
  WritebackService,
  "draft" | "submit" | "waitForVerdict" | "get" | "listForUser" | "list" | "cancel"
> {
  /** This node was told that the job is final. */
  decided(tenantId: string, jobId: string): void;
}

export interface JobRequestsDeps {
  readonly node: string;
  readonly jobs: JobStore;
  readonly queues: Pick<JobQueues, "add">;
  readonly signals: Pick<JobSignals, "watch">;
  readonly drafting: Drafting;
  readonly issuer: Issuer;
  readonly auditor: JobAuditor;
  /** Brings `waiting` jobs of the source to an agent, here or on another node. Never throws. */
  wake(place: JobPlace, waiting: number): Promise<void>;
  /** Records on this node that a job is decided. */
  heard(tenantId: string, jobId: string): void;
  /** Does the same, and tells the nodes that wait for the job. Never throws. */
  announce(tenantId: string, jobId: string, decided: { readonly nodes: readonly string[] }): Promise<void>;
  readonly log: Logger;
  readonly clock: Clock;
}

/** How often a waiting request reads the record, because the message that it is final may be lost. */
const LOOK_MS = 1_000;
/** Time after which a tenant that submits is marked as active again. */
const ACTIVE_MS = MINUTE_MS;
const MAX_ACTIVE = 10_000;
/** Jobs made here that no request has waited for yet. */
const MAX_FRESH = 1_000;

export function createJobRequests(deps: JobRequestsDeps): JobRequests {
  const { node, jobs, queues, signals, drafting, issuer, auditor, log, clock } = deps;
  /** Jobs made here that are not final as far as this node was told. Their records need not be read before a signal. */
  const fresh = createTtlCache<string, true>({ maxEntries: MAX_FRESH });
  const markedActive = createTtlCache<string, true>({ ttlMs: ACTIVE_MS, clock, maxEntries: MAX_ACTIVE });
  const nameOf = (tenantId: string, jobId: string): string => `${tenantId}/${jobId}`;

  async function markActive(tenantId: string): Promise<void> {
    if (markedActive.get(tenantId) === true) return;
    await jobs.markTenantActive(tenantId);
    markedActive.set(tenantId, true);
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
    // This comes first, so that a repeated request gets its answer even if no agent is connected any more.
    const seen = request === null ? null : await jobs.findRequest(tenantId, request);
    if (seen !== null) {
      if (seen.digest !== digest) throw new AppError("IDEMPOTENCY_CONFLICT");
      return { id: seen.jobId };
    }

    const { job, source } = await drafting.prepare(tenantId, submission);
    const { jobId } = job.order;
    await markActive(tenantId);
    const created = await jobs.create({ job, source, requestedBy, digest, request, node });
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

    fresh.set(nameOf(tenantId, jobId), true);
    log.info("writeback.job.submitted", { tenantId, jobId, userId: job.order.userId });
    // From here on the job is stored. The sweep repairs whatever fails below, and the submit must not appear to have
    // failed.
    await Promise.all([
      queue({ tenantId, source }, jobId),
      auditor.settle(tenantId, jobId, "submitted", submittedEvent({ ...job.order, id: jobId }, requestedBy)),
      ...created.superseded.map(async (other) => {
        deps.heard(tenantId, other);
        await auditor.settle(tenantId, other, "decided");
      }),
    ]);
    return { id: jobId };
  }

  async function queue(place: JobPlace, jobId: string): Promise<void> {
    try {
      await queues.add(place.tenantId, place.source, [jobId]);
      await deps.wake(place, 1);
    } catch (error) {
      log.debug("writeback.hint.lost", { error });
    }
  }

  return {
    draft: (tenantId, request, suite) => drafting.draft(tenantId, request, suite),
    submit,
    get,
    async waitForVerdict(tenantId, jobId, withinMs, signal) {
      const deadline = clock.monotonicMs() + withinMs;
      const watch = signals.watch(jobId);
      try {
        let told: JobRecord | null = null;
        const name = nameOf(tenantId, jobId);
        if (withinMs > 0 && fresh.get(name) === true) {
          fresh.delete(name);
          told = await watch.next(Math.min(LOOK_MS, withinMs), signal);
        }
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
            deps.announce(tenantId, jobId, { nodes }),
            auditor.settle(tenantId, jobId, "cancelled"),
          ]);
          return get(tenantId, jobId);
        case "final":
          return get(tenantId, jobId);
      }
    },
    decided: (tenantId, jobId) => fresh.delete(nameOf(tenantId, jobId)),
  };
}
