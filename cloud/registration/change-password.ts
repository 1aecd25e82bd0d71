/** Changes the password of a user who knows the current one, by a writeback with both passwords, sealed. */
import { toAppError } from "../../shared/errors.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import type { Passwords } from "../../shared/sealing/password.ts";
import { MAX_PASSWORD_UNITS } from "../../shared/writeback.ts";
import type { Background } from "../background.ts";
import { failedSignIns, passwordWrites } from "../limits/requests.ts";
import { createPersonNotices } from "../people/person-notices.ts";
import { epochOf } from "../store/person-epochs.ts";
import type { SessionKey } from "../visits/visit.ts";
import {
  type JobOutcome,
  mayBeStored,
  outcomeOf,
  readOutcome,
  unsubmittedOutcome,
  VERDICT_WAIT_MS,
  writebackProblem,
} from "../writeback/job-outcome.ts";
import { sealDraft } from "../writeback/seal-draft.ts";
import type { WritebackDraft, WritebackRequest } from "../writeback/writeback-service.ts";
import type { RegistrationDeps } from "./registration-deps.ts";
import type { ChangeForm, PlainChange } from "./registration-service.ts";
import {
  afterAction,
  inOwnEpoch,
  type RegistrationProblem,
  type RegistrationSession,
  type SignedIn,
  type Task,
} from "./session.ts";
import { type SessionAccess, signedIn } from "./session-access.ts";
import type { SessionChanges } from "./session-changes.ts";

export interface ChangePasswordPart {
  draft(key: SessionKey, suite?: Suite): Promise<WritebackDraft>;
  change(key: SessionKey, version: number, form: ChangeForm, signal: AbortSignal): Promise<void>;
  /** Submits the change of a session whose task is `changing` already, e.g. right after signing in with the old password. */
  carryOut(session: RegistrationSession, form: ChangeForm, signal: AbortSignal): Promise<void>;
  /** Stores the outcome of a change if it is known by now, and returns the session. */
  settle(session: RegistrationSession): Promise<RegistrationSession>;
}

export function createChangePasswordPart(
  deps: RegistrationDeps,
  access: SessionAccess,
  changes: Pick<SessionChanges, "person">,
  background: Background,
): ChangePasswordPart {
  const { writeback, limits, audit, clock } = deps;
  const notices = createPersonNotices(deps);

  const requestFor = (state: SignedIn): WritebackRequest => ({
    userId: state.userId,
    operation: "change",
    mustChange: false,
    unlock: false,
    methods: ["password"],
  });
  const countWrong = async (session: RegistrationSession, amount: -1 | 1): Promise<boolean> => {
    const wrong = failedSignIns(signedIn(session).userId, amount);
    return (await limits.take(session.tenantId, [wrong])) === null;
  };

  /** Ends the task with its outcome. Only the first request that sees the outcome does so. */
  async function conclude(
    session: RegistrationSession,
    jobId: string | null,
    outcome: { readonly task: Task | null; readonly problem: RegistrationProblem | null },
  ): Promise<RegistrationSession | null> {
    const { tenantId, id } = session;
    return access.update(tenantId, id, (present, now) => {
      const { state } = present;
      if (state.name !== "signed_in" || state.task?.kind !== "changing" || state.task.jobId !== jobId)
        return null;
      return afterAction(present, now, { problem: outcome.problem, state: { ...state, task: outcome.task } });
    });
  }

  /** Writes the job's id into the session. Null when the task has ended meanwhile: then nothing may be submitted. */
  const nameJob = (
    { tenantId, id }: RegistrationSession,
    jobId: string,
  ): Promise<RegistrationSession | null> =>
    access.update(tenantId, id, (present) =>
      present.state.name === "signed_in" && present.state.task?.kind === "changing"
        ? {
            ...present,
            state: inOwnEpoch(
              { ...present.state, task: { ...present.state.task, jobId } },
              epochOf("password", jobId),
            ),
          }
        : null,
    );

  async function concludeWith(
    session: RegistrationSession,
    jobId: string | null,
    outcome: JobOutcome,
  ): Promise<RegistrationSession> {
    const ended = await conclude(session, jobId, taskAfter(outcome));
    if (ended === null) return session;
    const isOldWrong = outcome.kind === "failed" && outcome.code === "OLD_PASSWORD_WRONG";
    if (!isOldWrong) await countWrong(ended, -1);
    if (outcome.kind === "applied" && jobId !== null && signedIn(ended).rules.notifyUser)
      background.run("notify_change", { sessionId: ended.id }, () => tellOwner(ended, jobId));
    return ended;
  }

  async function tellOwner(session: RegistrationSession, jobId: string): Promise<void> {
    const occasion = { ...session, id: jobId };
    await notices.tell(occasion, await changes.person(session), "password_changed", { operation: "change" });
  }

  async function carryOut(
    session: RegistrationSession,
    form: ChangeForm,
    signal: AbortSignal,
  ): Promise<void> {
    const { tenantId, id } = session;
    const state = signedIn(session);
    const fail = async (problem: RegistrationProblem): Promise<void> => {
      await conclude(session, null, { task: null, problem });
    };
    // A draft for one user must never change another user's password.
    if (form.kind === "sealed" && (form.order.userId !== state.userId || form.order.operation !== "change"))
      return fail({ kind: "not_applied", code: "WRITEBACK_DRAFT_INVALID" });
    // The try is counted before it is made, so that concurrent tries cannot exceed the limit. It is given back unless
    // the password was wrong.
    if (!(await countWrong(session, 1))) return fail({ kind: "too_many_sign_ins" });
    if ((await limits.take(tenantId, passwordWrites(state.userId))) !== null) {
      await countWrong(session, -1);
      return fail({ kind: "not_applied", code: "TOO_MANY_WRITES" });
    }

    let jobId: string | null = null;
    let named: RegistrationSession | null;
    try {
      const { order, token, sealed } =
        form.kind === "sealed"
          ? form
          : await sealDraft(await writeback.draft(tenantId, requestFor(state)), passwordsOf(form));
      // Named before it is submitted, so that its verdict is found even if the answer to the submit is lost.
      named = await nameJob(session, order.jobId);
      if (named === null) return;
      jobId = order.jobId;
      await writeback.submit(tenantId, {
        kind: "sealed",
        order,
        token,
        sealed,
        requestedBy: `registration:${id}`,
      });
    } catch (error) {
      const known = toAppError(error);
      // The screen asks until it knows whether the job was stored.
      if (mayBeStored(known)) throw known;
      await concludeWith(session, jobId, { kind: "failed", code: known.code, verdict: null });
      return;
    }
    await audit.append({
      tenantId,
      action: "password.change_submitted",
      actor: `registration:${id}`,
      subject: `user:${state.userId}`,
      outcome: "done",
      correlationId: jobId,
      details: { sealedBy: form.kind === "sealed" ? "browser" : "cloud" },
    });
    const outcome = outcomeOf(await writeback.waitForVerdict(tenantId, jobId, VERDICT_WAIT_MS, signal));
    if (outcome !== null) await concludeWith(named, jobId, outcome);
  }

  return {
    async draft(key, suite) {
      const state = signedIn(await access.look(key));
      return writeback.draft(key.tenantId, requestFor(state), suite);
    },
    async change(key, version, form, signal) {
      const wrong = problemOf(form);
      const session = await access.act(key, version, (present, now) => {
        const state = signedIn(present);
        if (wrong !== null) return afterAction(present, now, { problem: wrong });
        return afterAction(present, now, { state: { ...state, task: beginChange(now) } });
      });
      if (session !== null && wrong === null) await carryOut(session, form, signal);
    },
    carryOut,
    async settle(session) {
      const { state } = session;
      if (state.name !== "signed_in" || state.task?.kind !== "changing") return session;
      const { jobId, since } = state.task;
      const outcome =
        jobId === null
          ? unsubmittedOutcome(since, clock.now())
          : await readOutcome(deps, session.tenantId, { id: jobId, since, wasSeen: false });
      return outcome === null ? session : concludeWith(session, jobId, outcome);
    },
  };
}

const passwordsOf = (form: PlainChange): Passwords => ({
  newPassword: form.newPassword,
  oldPassword: form.oldPassword,
});

function taskAfter(outcome: JobOutcome): {
  readonly task: Task | null;
  readonly problem: RegistrationProblem | null;
} {
  switch (outcome.kind) {
    case "applied":
      return { task: { kind: "changed", verdict: outcome.verdict }, problem: null };
    case "unclear":
      return { task: { kind: "unclear" }, problem: null };
    case "failed":
      return { task: null, problem: writebackProblem(outcome) };
  }
}

/** The task before the job has a name. */
export const beginChange = (now: number): Task => ({ kind: "changing", jobId: null, since: now });

/** Checks the form as far as that is possible here. Sealed passwords were checked by the browser. */
export function problemOf(form: ChangeForm): RegistrationProblem | null {
  if (form.kind === "sealed") return null;
  const [old, next] = [form.oldPassword.reveal(), form.newPassword.reveal()];
  if (old === "" || next === "") return { kind: "password_empty" };
  if (Math.max(old.length, next.length) > MAX_PASSWORD_UNITS) return { kind: "password_too_long" };
  return next === form.repeated.reveal() ? null : { kind: "passwords_differ" };
}
