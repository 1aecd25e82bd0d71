/** Hands a proven attempt over to writeback: drafts, submits, waits for the verdict, and follows verdicts that were unclear at first. */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { type AppError, isAppError, toAppError } from "../../shared/errors.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import type { JobOrder, SealedPassword } from "../../shared/sealing/job.ts";
import { sealPassword } from "../../shared/sealing/password.ts";
import type { Secret } from "../../shared/secret.ts";
import { isFinalState, makeVerdict } from "../../shared/writeback.ts";
import type { Background } from "../background.ts";
import type { JobRecord } from "../store/job-record.ts";
import type { WritebackDraft, WritebackService } from "../writeback/writeback-service.ts";
import type { Attempt } from "./attempt.ts";
import { type JobOutcome, operationOf, settled } from "./attempt-changes.ts";
import { countedProofs } from "./attempt-step.ts";
import type { Identified } from "./look-up.ts";
import type { Sessions } from "./sessions.ts";

/** An order and the passwords sealed for it, ready to be submitted. */
export interface SealedOrder {
  readonly order: JobOrder;
  readonly token: string;
  readonly sealed: readonly SealedPassword[];
}

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

const WAIT_MS = 8_000;
/** Time that a node may take between writing the job's id into the attempt and storing the job. */
const SUBMIT_WITHIN_MS = 30_000;
const POLL_MS = 5_000;
/** How long after the job's deadline an unclear verdict is still followed. */
const FOLLOW_MS = 10 * MINUTE_MS;

export function createWritebackHandover(deps: {
  readonly writeback: Pick<WritebackService, "draft" | "submit" | "waitForVerdict">;
  readonly sessions: Pick<Sessions, "amend" | "find">;
  readonly background: Background;
  /** Called once with the outcome. `wasUnclear`: the person was told that the outcome was unknown. */
  readonly onSettled: (attempt: Attempt, outcome: JobOutcome, wasUnclear: boolean) => Promise<void>;
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
      // The job may or may not be stored. The screen asks until it knows.
      if (known.code === "STORE_UNAVAILABLE" || known.code === "INTERNAL") throw known;
      await settle(attempt, failure(known));
      return false;
    }
  }

  return {
    draft,
    async seal(attempt, password) {
      const { order, token, recipients } = await draft(attempt);
      const sealed =
        password === null
          ? []
          : await Promise.all(
              recipients.map((recipient) => sealPassword(order, recipient, { newPassword: password })),
            );
      return { order, token, sealed };
    },
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
      const outcome = outcomeOf(await writeback.waitForVerdict(tenantId, order.jobId, WAIT_MS, within));
      if (outcome !== null) await settle(attempt, outcome);
      if (outcome === null || outcome.kind === "unclear")
        background.run("follow", { tenantId, attemptId: id, jobId: order.jobId }, () =>
          follow(attempt, order),
        );
    },
    async refresh(attempt) {
      const { tenantId, job } = attempt;
      if (job === null || job.verdict !== null) return attempt;
      try {
        const outcome = outcomeOf(await writeback.waitForVerdict(tenantId, job.id, 0));
        if (outcome === null) return attempt;
        return (await settle(attempt, outcome)) ?? (await sessions.find(tenantId, attempt.id)) ?? attempt;
      } catch (error) {
        if (!isAppError(error, "WRITEBACK_UNKNOWN")) throw error;
        if (clock.now() < job.since + SUBMIT_WITHIN_MS) return attempt;
        // The node died before it stored the job, so nothing was changed.
        return (await settle(attempt, { kind: "failed", code: "NOT_APPLIED", verdict: NOTHING })) ?? attempt;
      }
    },
  };
}

const NOTHING = makeVerdict("not_applied", "NOT_APPLIED");

const methodsOf = (attempt: Attempt): string[] => countedProofs(attempt).map(({ method }) => method);

/** The outcome when no job was stored. */
const failure = ({ code }: AppError): JobOutcome => ({ kind: "failed", code, verdict: NOTHING });

/** Null while the job is not final. */
function outcomeOf({ state, code, verdict }: JobRecord): JobOutcome | null {
  if (!isFinalState(state)) return null;
  switch (state) {
    case "applied":
      return { kind: "applied", code: null, verdict: verdict ?? makeVerdict("applied", null) };
    case "unknown":
      return { kind: "unclear", code, verdict: verdict ?? makeVerdict("unknown", "VERDICT_UNKNOWN") };
    case "rejected":
    case "not_found":
    case "refused":
    case "not_applied":
    case "expired":
    case "cancelled":
    case "superseded":
      return { kind: "failed", code: code ?? "NOT_APPLIED", verdict: verdict ?? NOTHING };
  }
}
