import type { JobRecord } from "../../cloud/store/job-record.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";

/** Makes the record of a job that was just submitted. */
export const queuedJob = (order: JobOrder, requestedBy: string, changes: Partial<JobRecord>): JobRecord => ({
  id: order.jobId,
  tenantId: order.tenantId,
  source: 1,
  userId: order.userId,
  operation: order.operation,
  state: "queued",
  code: null,
  verdict: null,
  mustChange: order.mustChange,
  unlock: order.unlock,
  methods: order.methods,
  requestedBy,
  cancelledBy: null,
  createdAt: order.issuedAt,
  notAfter: order.notAfter,
  decidedAt: null,
  agentId: null,
  attempts: 0,
  events: [],
  ...changes,
});
