import type { Writeback } from "../../shared/api/writebacks.ts";
import { ERRORS } from "../../shared/errors.ts";
import { isFinalState } from "../../shared/writeback.ts";
import type { JobRecord } from "../store/job-record.ts";

/** Adds to a record what its code means and what to do. A job in progress has neither. */
export function toWriteback(job: JobRecord): Writeback {
  const info = job.code === null || !isFinalState(job.state) ? null : ERRORS[job.code];
  return {
    ...job,
    methods: [...job.methods],
    events: job.events.map((event) => ({ ...event })),
    message: info?.meaning ?? null,
    fix: info?.fix ?? null,
  };
}
