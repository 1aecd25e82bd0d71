/**
 * Applies one job, from the offer to its outcome:
 *
 *   decided before? ─► authentic, plausible, within the brakes ─► open the seal ─► the account ─► INTENT on disk
 *     ─► claim ─► granted ─► SENT on disk ─► one modify ─► OUTCOME on disk ─► receipt
 *
 * A refusal by the agent is also decided only after the grant, because only then is it certain that no agent has
 * written before. If this agent or another one may already have written the job, the account is read first; the write
 * is never simply repeated.
 */
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";
import type { JobOrder, SignedJob } from "../../shared/sealing/job.ts";
import type { Passwords } from "../../shared/sealing/password.ts";
import { type AccountMark, makeVerdict, type Verdict } from "../../shared/writeback.ts";
import type { AgentConfig } from "../config.ts";
import type { Directory } from "../directory/directory.ts";
import type { PasswordLists } from "../password-lists/password-lists.ts";
import type { Brakes } from "./brakes.ts";
import type { CrashPoints } from "./crash-points.ts";
import { type Examined, examineJob, refused } from "./examine-job.ts";
import type { Journal } from "./journal.ts";
import { type Lease, startLease } from "./lease.ts";
import type { JobOpener } from "./open-job.ts";
import type { Outcomes } from "./outcomes.ts";
import { unknownVerdict } from "./recover.ts";
import { checkTimes } from "./refusals.ts";
import type { Settling, Unsettled } from "./settle.ts";
import type { WritebackLink } from "./writeback-link.ts";

export interface ApplyJobDeps {
  readonly config: Pick<AgentConfig["writeback"], "enabled">;
  readonly directory: Pick<Directory, "account" | "applyPassword">;
  readonly link: WritebackLink;
  readonly opener: JobOpener;
  readonly passwordLists: Pick<PasswordLists, "refuse">;
  readonly journal: Journal;
  readonly brakes: Brakes;
  readonly settling: Settling;
  readonly outcomes: Outcomes;
  /** Called after a verdict `unknown` that reading the account later may correct. */
  readonly onUnknown: (unsettled: Unsettled) => void;
  readonly crash: CrashPoints;
  readonly log: Logger;
  readonly clock: Clock;
}

/**
 * Processes the job as far as is possible now. Throws an AppError only when nothing was sent and the job should be
 * offered again.
 */
export async function applyJob(job: SignedJob, deps: ApplyJobDeps): Promise<void> {
  const { journal, outcomes, brakes } = deps;
  const { jobId } = job.order;
  const known = journal.find(jobId);
  if (known?.receipt != null) {
    outcomes.resend(jobId);
    return;
  }
  if (known?.sentAt != null) {
    await resume(job, known.mark, deps);
    return;
  }

  const isAuthentic = deps.opener.isAuthentic(job);
  if (isAuthentic) checkTimes(job.order, deps.clock.now());
  const brake = isAuthentic && deps.config.enabled ? await takePlace(job.order.userId, deps) : null;
  try {
    const examined = await examineJob(job, isAuthentic, brake?.refusal ?? null, deps);
    await claimAndWrite(job.order, examined, deps);
  } finally {
    if (brake?.isReserved === true) brakes.settle(job.order.userId);
  }
}

async function takePlace(
  userId: string,
  { brakes, journal, log }: ApplyJobDeps,
): Promise<{ readonly isReserved: boolean; readonly refusal: Verdict | null }> {
  const wasEngaged = brakes.engaged;
  const answer = brakes.reserve(userId);
  switch (answer.kind) {
    case "free":
      return { isReserved: true, refusal: null };
    case "wait":
      throw new AppError("RATE_LIMITED", undefined, { details: { retryAfterMs: answer.retryAfterMs } });
    case "user":
      log.warn("writeback.user.limited", { userId });
      return { isReserved: false, refusal: refused("TOO_MANY_WRITES") };
    case "engaged":
      if (wasEngaged === null) {
        log.error("writeback.brake.engaged", { limit: answer.limit });
        await journal.setBrake(answer.limit);
      }
      return { isReserved: false, refusal: refused("BRAKE_ENGAGED") };
  }
}

async function claimAndWrite(order: JobOrder, examined: Examined, deps: ApplyJobDeps): Promise<void> {
  const { journal, outcomes, crash, log } = deps;
  const { jobId } = order;
  const { isAuthentic, refusal, passwords, mark } = examined;
  if (refusal === null) {
    crash("before_intent");
    await journal.intent(order, mark);
    crash("after_intent");
  }

  const answer = await claim(jobId, mark, deps);
  if (answer.kind === "denied") {
    if (answer.reason !== "busy" && journal.find(jobId) !== undefined) await journal.closed(jobId);
    return; // when busy, it will be offered again
  }
  const write = (): Promise<Verdict> => writeOnce(order, passwords, mark, answer.lease, deps);
  if (answer.isFirst) {
    const verdict = refusal ?? (isOutdated(order, journal) ? notApplied() : await write());
    if (verdict.state !== "unknown") {
      await outcomes.decide(order, verdict);
      return;
    }
  } else if (!isAuthentic) {
    log.error("writeback.job.forged_after_grant", { jobId }); // the grant is for the authentic job; a forged one must not decide it
    return;
  }
  const unsettled = unsettledJob(order, answer.mark ?? mark, passwords, journal);
  await settle(unsettled, refusal === null ? { answer, write } : null, deps);
}

/** Resumes a job whose modify this agent may have sent, before a restart or with a lost answer. */
async function resume(job: SignedJob, before: AccountMark | null, deps: ApplyJobDeps): Promise<void> {
  const { journal, opener, log } = deps;
  const { order } = job;
  if (!opener.isAuthentic(job)) {
    log.error("writeback.job.forged_after_grant", { jobId: order.jobId });
    return;
  }
  // Without the password, the account can still be read.
  const passwords = await opener.open(job).catch(() => null);
  const answer = await claim(order.jobId, before, deps);
  if (answer.kind === "denied" && answer.reason === "busy") return;
  // A final denial means that the cloud has decided, but reading the account may still correct an `unknown`.
  const granted = answer.kind === "granted" ? answer : null;
  const write = granted === null ? null : () => writeOnce(order, passwords, before, granted.lease, deps);
  const unsettled = unsettledJob(order, granted?.mark ?? before, passwords, journal);
  await settle(unsettled, granted === null || write === null ? null : { answer: granted, write }, deps);
}

interface Granted {
  readonly kind: "granted";
  /** True when no agent was granted the job before. */
  readonly isFirst: boolean;
  readonly mayApply: boolean;
  readonly lease: Lease;
  readonly mark: AccountMark | null;
}
type Claimed = Granted | { readonly kind: "denied"; readonly reason: "final" | "busy" | "unknown" };

async function claim(
  jobId: string,
  mark: AccountMark | null,
  { link, log, clock }: ApplyJobDeps,
): Promise<Claimed> {
  const grantLease = startLease(clock);
  const answer = await link.request("job.claim", { jobId, mark }, ["job.grant", "job.deny"], LIMITS.leaseMs);
  if (answer.type === "job.deny") {
    log.info("writeback.job.denied", { jobId, reason: answer.body.reason });
    return { kind: "denied", reason: answer.body.reason };
  }
  const { mode, mayApply, leaseMs } = answer.body;
  const isFirst = mode === "apply" && mayApply;
  return { kind: "granted", isFirst, mayApply, lease: grantLease(leaseMs), mark: answer.body.mark };
}

async function settle(
  unsettled: Unsettled,
  granted: { readonly answer: Granted; write(): Promise<Verdict> } | null,
  { journal, outcomes, settling, onUnknown }: ApplyJobDeps,
): Promise<void> {
  const { order } = unsettled;
  const { verdict, mayLearnMore } = await settling.settle(
    unsettled,
    granted === null
      ? undefined
      : {
          isAllowed: () =>
            granted.answer.mayApply && granted.answer.lease.isOpen() && !isOutdated(order, journal),
          now: () => granted.write(),
        },
  );
  await outcomes.decide(order, verdict);
  if (mayLearnMore) onUnknown(unsettled);
}

/** Makes one modify. Throws when nothing was sent; a lost answer is `unknown`. */
async function writeOnce(
  order: JobOrder,
  passwords: Passwords | null,
  mark: AccountMark | null,
  lease: Lease,
  { directory, journal, brakes, crash, log }: ApplyJobDeps,
): Promise<Verdict> {
  const { jobId, userId, operation, mustChange, unlock } = order;
  const wasSent = journal.find(jobId)?.sentAt != null;
  const modify = { mayHaveLeft: false };
  const checkLease = (): void => {
    if (!lease.isOpen()) throw new AppError("TIMEOUT", "The grant ran out before the write could begin.");
  };
  try {
    checkLease();
    const verdict = await directory.applyPassword(
      { operation, userId, mustChange, unlock, ...passwords },
      async () => {
        checkLease();
        await journal.sent(jobId);
        crash("after_sent");
        checkLease(); // a slow disk may have used up the lease
        brakes.count(jobId, userId);
        modify.mayHaveLeft = true;
      },
    );
    crash("after_modify");
    if (verdict.state !== "applied" && verdict.state !== "unknown") brakes.reject(jobId);
    return verdict;
  } catch (error) {
    if (modify.mayHaveLeft) {
      log.warn("writeback.write.unanswered", { jobId, error });
      return unknownVerdict(mark?.server ?? null);
    }
    const isMarkedSent = journal.find(jobId)?.sentAt != null;
    if (isMarkedSent && !wasSent) await journal.intent(order, mark); // nothing was sent after all
    throw error;
  }
}

const unsettledJob = (
  order: JobOrder,
  before: AccountMark | null,
  passwords: Passwords | null,
  journal: Journal,
): Unsettled => ({
  order,
  before,
  passwords,
  mayHaveSent: () => journal.find(order.jobId)?.sentAt != null,
});

/** True when this agent has sent a newer write of the same user, which the older one would undo. */
export const isOutdated = (order: JobOrder, journal: Journal): boolean =>
  journal.newestSent(order.userId) > order.userSequence;

const notApplied = (): Verdict => makeVerdict("not_applied", "NOT_APPLIED");
