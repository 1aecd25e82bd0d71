/**
 * Decides whether an open sync run covers a new request, so that the request may join it instead of starting a run of
 * its own. The agent asks `covers`; the cloud hands `coveringRuns` to the Redis function that looks through its open
 * runs.
 */
import type { SyncPolicy } from "./frames.ts";

type Subject = "everybody" | "one user";

/** The users that a sync run reads. `user` is null for all users; a dry run writes nothing. */
export interface RunScope {
  readonly policy: SyncPolicy;
  readonly user: string | null;
  readonly dryRun: boolean;
}

export interface OpenRun extends RunScope {
  /** True once the run may have read what the request is about, and so may have missed a change made since. */
  readonly isRunning: boolean;
}

export interface CoverageRow {
  readonly open: readonly [SyncPolicy, Subject];
  readonly request: readonly [SyncPolicy, Subject];
  readonly joins: "always" | "before it runs" | "never";
}

/**
 * Every open run against every request. A run and a request for different users never join.
 *
 * - A delta of all users reads only what changed. A request for one user needs that user read in any case.
 * - A run for one user reads the whole entry under either policy, but "initial" promises more: a delta does not give it.
 * - A run begins by reading the scope, its groups and a position in the change feed. A running run may therefore have
 *   passed the entry that was changed just before the request. Exception: a second initial run of all users joins the
 *   first. It would take as long again, and the delta after it reads what changed meanwhile.
 */
export const RUN_COVERAGE: readonly CoverageRow[] = [
  { open: ["delta", "everybody"], request: ["delta", "everybody"], joins: "before it runs" },
  { open: ["delta", "everybody"], request: ["initial", "everybody"], joins: "never" },
  { open: ["delta", "everybody"], request: ["delta", "one user"], joins: "never" },
  { open: ["delta", "everybody"], request: ["initial", "one user"], joins: "never" },
  { open: ["initial", "everybody"], request: ["delta", "everybody"], joins: "before it runs" },
  { open: ["initial", "everybody"], request: ["initial", "everybody"], joins: "always" },
  { open: ["initial", "everybody"], request: ["delta", "one user"], joins: "before it runs" },
  {
    open: ["initial", "everybody"],
    request: ["initial", "one user"],
    joins: "before it runs",
  },
  { open: ["delta", "one user"], request: ["delta", "everybody"], joins: "never" },
  { open: ["delta", "one user"], request: ["initial", "everybody"], joins: "never" },
  { open: ["delta", "one user"], request: ["delta", "one user"], joins: "before it runs" },
  { open: ["delta", "one user"], request: ["initial", "one user"], joins: "never" },
  { open: ["initial", "one user"], request: ["delta", "everybody"], joins: "never" },
  { open: ["initial", "one user"], request: ["initial", "everybody"], joins: "never" },
  { open: ["initial", "one user"], request: ["delta", "one user"], joins: "before it runs" },
  { open: ["initial", "one user"], request: ["initial", "one user"], joins: "before it runs" },
];

const subjectOf = ({ user }: Pick<RunScope, "user">): Subject => (user === null ? "everybody" : "one user");

/** Tells whether the open run does all that the request is made for. */
export function covers(open: OpenRun, request: RunScope): boolean {
  if (open.dryRun !== request.dryRun) return false;
  if (open.user !== null && open.user !== request.user) return false;
  return coveringRuns(request).includes(kindOf(open.policy, subjectOf(open), open.isRunning));
}

/**
 * Lists the kinds of open run that cover a request, as the cloud's `request` function in Redis spells them:
 * `policy:subject:running` or `policy:subject:waiting`. The caller compares users and dry run.
 */
export function coveringRuns(request: Pick<RunScope, "policy" | "user">): string[] {
  return RUN_COVERAGE.flatMap(({ open, request: [policy, subject], joins }) => {
    if (policy !== request.policy || subject !== subjectOf(request) || joins === "never") return [];
    const early = kindOf(...open, false);
    return joins === "always" ? [early, kindOf(...open, true)] : [early];
  });
}

const kindOf = (policy: SyncPolicy, subject: Subject, isRunning: boolean): string =>
  `${policy}:${subject}:${isRunning ? "running" : "waiting"}`;
