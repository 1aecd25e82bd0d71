/** From a proven person to a writeback and back: drafts, submits, waits, and learns late what was unclear at first. */
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
import { type JobTruth, operationOf, settled } from "./attempt-changes.ts";
import { countedProofs } from "./attempt-step.ts";
import type { Identified } from "./look-up.ts";
import type { Sessions } from "./sessions.ts";

/** What is submitted: an order, and the passwords sealed for it. */
export interface SealedOrder {
  readonly order: JobOrder;
  readonly token: string;
  readonly sealed: readonly SealedPassword[];
}

export interface Handover {
  /** Throws AGENT_OFFLINE. */
  draft(attempt: Identified, suite?: Suite): Promise<WritebackDraft>;
  /** Drafts and seals here, for browsers without script. Throws AGENT_OFFLINE. */
  seal(attempt: Identified, password: Secret | null): Promise<SealedOrder>;
  /** Is this order for this person, and what this attempt may do? */
  fits(attempt: Identified, order: JobOrder): boolean;
  /** The attempt has the job by now. Waits some seconds for the verdict, then goes on in the background. */
  submit(attempt: Attempt, sealed: SealedOrder, signal: AbortSignal): Promise<void>;
  /** Looks at the job once more; the attempt as it is then. */
  refresh(attempt: Attempt): Promise<Attempt>;
}

const WAIT_MS = 8_000;
/** How long a node may take between writing the job's id into the attempt and storing the job. */
const SUBMIT_WITHIN_MS = 30_000;
const POLL_MS = 5_000;
/** After this the truth about an unclear verdict is not waited for any more. */
const GRACE_MS = 10 * MINUTE_MS;

export function createHandover(deps: {
  readonly writeback: Pick<WritebackService, "draft" | "submit" | "waitForVerdict">;
  readonly sessions: Pick<Sessions, "amend" | "find">;
  readonly background: Background;
  /** What came of it, told once. `wasUnclear`: the person was told that nobody knew. */
  readonly onSettled: (attempt: Attempt, truth: JobTruth, wasUnclear: boolean) => Promise<void>;
  readonly clock: Clock;
}): Handover {
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

  /** `attempt` as it was handed over: what is left of it when its session is over. */
  async function settle(attempt: Attempt, truth: JobTruth): Promise<Attempt | null> {
    const { tenantId, id, job } = attempt;
    if (job === null) return null;
    let wasUnclear = false;
    const change = (present: Attempt): Attempt | null => {
      wasUnclear = present.job?.unclear === true;
      return settled(present, job.id, truth);
    };
    const changed = await sessions.amend(tenantId, id, change);
    if (changed === null) return null;
    // The person's page does not wait for the mail; a node that stops does.
    if (background.signal.aborted) await tell(attempt, truth, wasUnclear);
    else background.run("tell", { tenantId, attemptId: id }, () => tell(attempt, truth, wasUnclear));
    return changed;
  }

  async function tell(attempt: Attempt, truth: JobTruth, wasUnclear: boolean): Promise<void> {
    if (truth.kind !== "unclear") await deps.onSettled(attempt, truth, wasUnclear);
  }

  /** Until it is known, whether anybody looks or not. */
  async function follow(attempt: Attempt, { jobId, notAfter }: JobOrder): Promise<void> {
    let wasUnclear = false;
    while (!background.signal.aborted && clock.now() < notAfter + GRACE_MS) {
      const record = await writeback.waitForVerdict(attempt.tenantId, jobId, POLL_MS, background.signal);
      const truth = truthOf(record);
      if (truth !== null) await settle(attempt, truth);
      if (truth !== null && truth.kind !== "unclear") {
        const session = await sessions.find(attempt.tenantId, attempt.id);
        // Its session ended before the truth was known: nobody but this loop can tell.
        if (session === null) await tell(attempt, truth, wasUnclear);
        return;
      }
      wasUnclear ||= truth !== null;
      if (truth !== null) await clock.sleep(POLL_MS, background.signal);
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
      // Stored or not? The screen asks until it knows.
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
      const truth = truthOf(await writeback.waitForVerdict(tenantId, order.jobId, WAIT_MS, within));
      if (truth !== null) await settle(attempt, truth);
      if (truth === null || truth.kind === "unclear")
        background.run("follow", { tenantId, attemptId: id, jobId: order.jobId }, () =>
          follow(attempt, order),
        );
    },
    async refresh(attempt) {
      const { tenantId, job } = attempt;
      if (job === null || job.verdict !== null) return attempt;
      try {
        const truth = truthOf(await writeback.waitForVerdict(tenantId, job.id, 0));
        if (truth === null) return attempt;
        return (await settle(attempt, truth)) ?? (await sessions.find(tenantId, attempt.id)) ?? attempt;
      } catch (error) {
        if (!isAppError(error, "WRITEBACK_UNKNOWN")) throw error;
        if (clock.now() < job.since + SUBMIT_WITHIN_MS) return attempt;
        // The node that took it died before it stored the job: nothing was changed.
        return (await settle(attempt, { kind: "failed", code: "NOT_APPLIED", verdict: NOTHING })) ?? attempt;
      }
    },
  };
}

const NOTHING = makeVerdict("not_applied", "NOT_APPLIED");

const methodsOf = (attempt: Attempt): string[] => countedProofs(attempt).map(({ method }) => method);

/** What failed before there was a job. */
const failure = ({ code }: AppError): JobTruth => ({ kind: "failed", code, verdict: NOTHING });

/** Null while nobody has decided. */
function truthOf({ state, code, verdict }: JobRecord): JobTruth | null {
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
