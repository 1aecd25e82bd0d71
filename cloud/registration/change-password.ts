/** Changes the password of a user who knows the current one, by a writeback with both passwords, sealed. */
import { isAppError, toAppError } from "../../shared/errors.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import type { Passwords } from "../../shared/sealing/password.ts";
import { isFinalState, MAX_PASSWORD_UNITS } from "../../shared/writeback.ts";
import type { Background } from "../background.ts";
import { failedSignIns } from "../limits/counters.ts";
import { createPersonNotices } from "../people/person-notices.ts";
import type { JobRecord } from "../store/job-record.ts";
import type { SessionKey } from "../visits/visit.ts";
import type { WritebackDraft, WritebackRequest } from "../writeback/writeback-service.ts";
import type { MethodChanges } from "./method-changes.ts";
import type { RegistrationDeps } from "./registration-deps.ts";
import type { ChangeForm, PlainChange } from "./registration-service.ts";
import {
  afterAction,
  type RegistrationProblem,
  type RegistrationSession,
  type SignedIn,
  type Task,
} from "./session.ts";
import { type SessionAccess, signedIn } from "./session-access.ts";

/** Time that the answer to the form waits for the verdict; after that the page asks again. */
const WAIT_MS = 8_000;
/** Time without a job id after which the submitting node counts as dead. The outcome is unknown then. */
const LOST_MS = 30_000;

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
  changes: MethodChanges,
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
      const mustChange = state.mustChange && outcome.task?.kind !== "changed";
      return afterAction(present, now, {
        problem: outcome.problem,
        state: { ...state, mustChange, task: outcome.task },
      });
    });
  }

  async function concludeWith(session: RegistrationSession, job: JobRecord): Promise<RegistrationSession> {
    const { code, verdict } = job;
    const ended = await conclude(
      session,
      job.id,
      verdict?.state === "applied"
        ? { task: { kind: "changed", verdict }, problem: null }
        : job.state === "unknown"
          ? { task: { kind: "unclear" }, problem: null }
          : {
              task: null,
              problem:
                verdict !== null && verdict.state !== "not_applied"
                  ? { kind: "password_refused", verdict }
                  : { kind: "not_applied", code: code ?? "NOT_APPLIED" },
            },
    );
    if (ended === null) return session;
    if (code !== "OLD_PASSWORD_WRONG") await countWrong(ended, -1);
    if (verdict?.state === "applied" && signedIn(ended).rules.notifyUser)
      background.run("notify_change", { sessionId: ended.id }, () => tellOwner(ended, job.id));
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

    let jobId: string;
    try {
      const requestedBy = `registration:${id}`;
      ({ id: jobId } = await writeback.submit(
        tenantId,
        form.kind === "sealed"
          ? { ...form, requestedBy }
          : { kind: "plain", requestedBy, request: requestFor(state), passwords: passwordsOf(form) },
      ));
    } catch (error) {
      const known = toAppError(error);
      if (known.info.exit === 1) throw error;
      await countWrong(session, -1);
      return fail({ kind: "not_applied", code: known.code });
    }
    const submitted = await access.update(tenantId, id, (present) =>
      present.state.name === "signed_in" && present.state.task?.kind === "changing"
        ? { ...present, state: { ...present.state, task: { ...present.state.task, jobId } } }
        : null,
    );
    await audit.append({
      tenantId,
      action: "password.change_submitted",
      actor: `registration:${id}`,
      subject: `user:${state.userId}`,
      outcome: "done",
      correlationId: jobId,
      details: { sealedBy: form.kind === "sealed" ? "browser" : "cloud" },
    });
    const record = await writeback.waitForVerdict(tenantId, jobId, WAIT_MS, signal);
    if (submitted !== null && isFinalState(record.state)) await concludeWith(submitted, record);
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
      const lost = async (): Promise<RegistrationSession> =>
        (await conclude(session, jobId, { task: { kind: "unclear" }, problem: null })) ?? session;
      if (jobId === null) return clock.now() - since < LOST_MS ? session : lost();
      try {
        const record = await writeback.waitForVerdict(session.tenantId, jobId, 0);
        return isFinalState(record.state) ? await concludeWith(session, record) : session;
      } catch (error) {
        if (isAppError(error, "WRITEBACK_UNKNOWN")) return lost();
        throw error;
      }
    },
  };
}

const passwordsOf = (form: PlainChange): Passwords => ({
  newPassword: form.newPassword,
  oldPassword: form.oldPassword,
});

/** The task before the job is stored. */
export const beginChange = (now: number): Task => ({ kind: "changing", jobId: null, since: now });

/** Checks the form as far as that is possible here. Sealed passwords were checked by the browser. */
export function problemOf(form: ChangeForm): RegistrationProblem | null {
  if (form.kind === "sealed") return null;
  const [old, next] = [form.oldPassword.reveal(), form.newPassword.reveal()];
  if (old === "" || next === "") return { kind: "password_empty" };
  if (Math.max(old.length, next.length) > MAX_PASSWORD_UNITS) return { kind: "password_too_long" };
  return next === form.repeated.reveal() ? null : { kind: "passwords_differ" };
}
