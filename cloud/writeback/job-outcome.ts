/**
 * The outcome of a job, as both portals tell it. A portal says "nothing was changed" only when that is certain; an outcome that
 * nobody can know stays "unclear".
 */
import type { Clock } from "../../shared/clock.ts";
import { type AppError, type ErrorCode, isAppError } from "../../shared/errors.ts";
import { isFinalState, makeVerdict, type Verdict } from "../../shared/writeback.ts";
import type { JobRecord } from "../store/job-record.ts";
import type { WritebackService } from "./writeback-service.ts";

/** Nothing was changed. `verdict`: of the agent; null when no agent decided. */
export interface FailedJob {
  readonly kind: "failed";
  readonly code: ErrorCode;
  readonly verdict: Verdict | null;
}
export type DefiniteOutcome = { readonly kind: "applied"; readonly verdict: Verdict } | FailedJob;
/** `unclear`: the job may or may not have been applied. It may still become definite. */
export type JobOutcome = DefiniteOutcome | { readonly kind: "unclear" };

/** Why a password was not set. */
export type WritebackProblem =
  /** The password itself was refused. The person may try another one. */
  | { readonly kind: "password_refused"; readonly verdict: Verdict }
  | { readonly kind: "not_applied"; readonly code: ErrorCode };

/** A job as the portal knows it: its id is written into the visit before the job is submitted. */
export interface NamedJob {
  readonly id: string;
  /** When the visitor asked for it. */
  readonly since: number;
  /** True when a record of the job has been read, so that the job was stored. */
  readonly wasSeen: boolean;
}

/** Time that the answer to a form waits for the verdict; after that the page asks again. */
export const VERDICT_WAIT_MS = 8_000;
/** Time that a node may take from the form until it has stored the job. After that it is taken for dead. */
export const SUBMIT_WITHIN_MS = 30_000;

/** Null while the job is not final. */
export function outcomeOf({ state, code, verdict }: JobRecord): JobOutcome | null {
  if (!isFinalState(state)) return null;
  switch (state) {
    case "applied":
      return { kind: "applied", verdict: verdict ?? makeVerdict("applied", null) };
    case "unknown":
      return { kind: "unclear" };
    case "rejected":
    case "not_found":
    case "refused":
    case "not_applied":
    case "expired":
    case "cancelled":
    case "superseded":
      return { kind: "failed", code: code ?? "NOT_APPLIED", verdict };
  }
}

/** Reads the outcome as it is now, without waiting. Null while it is open. */
export async function readOutcome(
  {
    writeback,
    clock,
  }: { readonly writeback: Pick<WritebackService, "waitForVerdict">; readonly clock: Clock },
  tenantId: string,
  job: NamedJob,
): Promise<JobOutcome | null> {
  try {
    return outcomeOf(await writeback.waitForVerdict(tenantId, job.id, 0));
  } catch (error) {
    if (!isAppError(error, "WRITEBACK_UNKNOWN")) throw error;
    return job.wasSeen ? { kind: "unclear" } : unsubmittedOutcome(job.since, clock.now());
  }
}

/** The outcome of a job that was never stored. Null while the node that is submitting may still store it. */
export const unsubmittedOutcome = (since: number, now: number): FailedJob | null =>
  now < since + SUBMIT_WITHIN_MS ? null : { kind: "failed", code: "NOT_APPLIED", verdict: null };

/** True when a submit that failed with this error may have stored the job: its outcome must be read, not assumed. */
export const mayBeStored = ({ code, info }: AppError): boolean =>
  code === "STORE_UNAVAILABLE" || info.exit === 1;

/** What to show for a job that failed. */
export function writebackProblem({ code, verdict }: FailedJob): WritebackProblem {
  return verdict !== null && isAboutPassword(verdict)
    ? { kind: "password_refused", verdict }
    : { kind: "not_applied", code };
}

const isAboutPassword = ({ code }: Verdict): boolean =>
  code === "OLD_PASSWORD_WRONG" || code?.startsWith("PASSWORD_") === true;
