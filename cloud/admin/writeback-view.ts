import type { Writeback } from "../../shared/api/writebacks.ts";
import { ERRORS } from "../../shared/errors.ts";
import { isFinalState } from "../../shared/writeback.ts";
import type { JobRecord } from "../store/job-record.ts";

/** The record with its code in words. A job that is still under way has neither code nor words. */
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
