/** Hands a proven attempt over to writeback: drafts, submits, waits for the verdict, and follows verdicts that were unclear at first. */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { toAppError } from "../../shared/errors.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import type { Secret } from "../../shared/secret.ts";
import type { Background } from "../background.ts";
import {
  type DefiniteOutcome,
  type JobOutcome,
  mayBeStored,
  outcomeOf,
  readOutcome,
  VERDICT_WAIT_MS,
} from "../writeback/job-outcome.ts";
import { sealDraft, type SealedOrder } from "../writeback/seal-draft.ts";
import type { WritebackDraft, WritebackService } from "../writeback/writeback-service.ts";
import type { Attempt } from "./attempt.ts";
import { operationOf, settled } from "./attempt-changes.ts";
import { countedProofs } from "./attempt-step.ts";
import type { Identified } from "./look-up.ts";
import type { Sessions } from "./sessions.ts";

export interface WritebackHandover {
  /** Throws AGENT_OFFLINE. */
  draft(attempt: Identified, suite?: Suite): Promise<WritebackDraft>;
  /** Drafts and seals in the cloud, for browsers without script. Throws AGENT_OFFLINE. */
  seal(attempt: Identified, password: Secret | null): Promise<SealedOrder>;
  /** Checks that the order is for this person and does what this attempt may do. */
  fits(attempt: Identified, order: JobOrder): boolean;
  /**
   * Submits the job whose id is already in the attempt. Waits a few seconds for the verdict, then continues in the
   * background.
   */
  submit(attempt: Attempt, sealed: SealedOrder, signal: AbortSignal): Promise<void>;
  /** Reads the job again and returns the attempt with its outcome. */
  refresh(attempt: Attempt): Promise<Attempt>;
}

const POLL_MS = 5_000;
/** How long after the job's deadline an unclear verdict is still followed. */
const FOLLOW_MS = 10 * MINUTE_MS;

export function createWritebackHandover(deps: {
  readonly writeback: Pick<WritebackService, "draft" | "submit" | "waitForVerdict">;
  readonly sessions: Pick<Sessions, "amend" | "find">;
  readonly background: Background;
  /** Called once with the outcome. `wasUnclear`: the person was told that the outcome was unknown. */
  readonly onSettled: (attempt: Attempt, outcome: DefiniteOutcome, wasUnclear: boolean) => Promise<void>;
  readonly clock: Clock;
}): WritebackHandover {
  const { writeback, sessions, background, clock } = deps;

  const draft = (attempt: Identified, suite?: Suite): Promise<WritebackDraft> =>
    writeback.draft(
      attempt.tenantId,
      {
        userId: attempt.person.id,
        operation: operationOf(attempt),
        mustChange: false,
        unlock: true,
        methods: methodsOf(attempt),
      },
      suite,
    );

  /** `attempt`: as it was handed over. Nothing else remains of it after its session has ended. */
  async function settle(attempt: Attempt, outcome: JobOutcome): Promise<Attempt | null> {
    const { tenantId, id, job } = attempt;
    if (job === null) return null;
    let wasUnclear = false;
    const change = (present: Attempt): Attempt | null => {
      wasUnclear = present.job?.unclear === true;
      return settled(present, job.id, outcome);
    };
    const changed = await sessions.amend(tenantId, id, change);
    if (changed === null) return null;
    // The page does not wait for the email, but a node that is stopping does.
    if (background.signal.aborted) await tell(attempt, outcome, wasUnclear);
    else background.run("tell", { tenantId, attemptId: id }, () => tell(attempt, outcome, wasUnclear));
    return changed;
  }

  async function tell(attempt: Attempt, outcome: JobOutcome, wasUnclear: boolean): Promise<void> {
    if (outcome.kind !== "unclear") await deps.onSettled(attempt, outcome, wasUnclear);
  }

  /** Waits until the outcome is known, whether or not the page is still open. */
  async function follow(attempt: Attempt, { jobId, notAfter }: JobOrder): Promise<void> {
    let wasUnclear = false;
    while (!background.signal.aborted && clock.now() < notAfter + FOLLOW_MS) {
      const record = await writeback.waitForVerdict(attempt.tenantId, jobId, POLL_MS, background.signal);
      const outcome = outcomeOf(record);
      if (outcome !== null) await settle(attempt, outcome);
      if (outcome !== null && outcome.kind !== "unclear") {
        const session = await sessions.find(attempt.tenantId, attempt.id);
        // The session ended before the outcome was known, so only this loop can tell the person.
        if (session === null) await tell(attempt, outcome, wasUnclear);
        return;
      }
      wasUnclear ||= outcome !== null;
      if (outcome !== null) await clock.sleep(POLL_MS, background.signal);
    }
  }

  async function submitted(attempt: Attempt, sealed: SealedOrder): Promise<boolean> {
    try {
      await writeback.submit(attempt.tenantId, {
        kind: "sealed",
        ...sealed,
        requestedBy: `attempt:${attempt.id}`,
      });
      return true;
    } catch (error) {
      const known = toAppError(error);
      // The screen asks until it knows whether the job was stored.
      if (mayBeStored(known)) throw known;
      await settle(attempt, { kind: "failed", code: known.code, verdict: null });
      return false;
    }
  }

  return {
    draft,
    seal: async (attempt, password) =>
      sealDraft(await draft(attempt), password === null ? null : { newPassword: password }),
    fits: (attempt, order) =>
      order.tenantId === attempt.tenantId &&
      order.userId === attempt.person.id &&
      order.operation === operationOf(attempt) &&
      order.unlock &&
      !order.mustChange &&
      order.methods.join(",") === methodsOf(attempt).join(","),
    async submit(attempt, sealed, signal) {
      const { tenantId, id } = attempt;
      const { order } = sealed;
      if (!(await submitted(attempt, sealed))) return;
      const within = AbortSignal.any([signal, background.signal]);
      const outcome = outcomeOf(
        await writeback.waitForVerdict(tenantId, order.jobId, VERDICT_WAIT_MS, within),
      );
      if (outcome !== null) await settle(attempt, outcome);
      if (outcome === null || outcome.kind === "unclear")
        background.run("follow", { tenantId, attemptId: id, jobId: order.jobId }, () =>
          follow(attempt, order),
        );
    },
    async refresh(attempt) {
      const { tenantId, job } = attempt;
      if (job === null || job.verdict !== null) return attempt;
      const outcome = await readOutcome(deps, tenantId, { ...job, wasSeen: job.unclear });
      if (outcome === null) return attempt;
      return (await settle(attempt, outcome)) ?? (await sessions.find(tenantId, attempt.id)) ?? attempt;
    },
  };
}

const methodsOf = (attempt: Attempt): string[] => countedProofs(attempt).map(({ method }) => method);
