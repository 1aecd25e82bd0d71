/**
 * The record of one visit at the registration portal, and its changes. Pure: sending, storing and asking the directory happen in other
 * files, between two of these changes.
 *
 *   password ──► checking ──► signed_in ──► (ended: idle 5 min, 15 min in all, or by the visitor)
 *      ▲             │            │
 *      └── refused ──┘            └─ task: code | authenticator | recovery_codes | prove
 *                               │        changing ──► changed | unclear
 *                               └─ another visit's new epoch (store/person-epochs.ts) ──► (ended)
 *
 * The task is an unfinished step: a code that was sent, an app being set up, a proof that is asked for, recovery codes
 * that are shown and not yet saved, or a password change handed to the agents. There is at most one; without one the screen is the overview.
 */
import { z } from "zod";
import { rulesSchema } from "../../shared/api/policy.ts";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { ERROR_CODES } from "../../shared/errors.ts";
import { jobIdSchema, tenantIdSchema, ulidSchema, userIdSchema } from "../../shared/ids.ts";
import { LANGUAGES } from "../../shared/language.ts";
import { CHANNELS, SENT_METHODS } from "../../shared/methods.ts";
import { passwordRuleSchema, verdictSchema } from "../../shared/writeback.ts";
import { epochSchema } from "../store/person-epochs.ts";
import type { VisitPerson } from "../store/visits.ts";
import { secretDigestOf } from "../visits/secret.ts";
import { hasEnded, type SessionKey } from "../visits/visit.ts";

/**
 * Sign-ins are answered at multiples of this time after the form, whatever their result, so that response times do not
 * reveal which names exist.
 */
export const ANSWER_STEP_MS = 600;
/** Time without an answer after which the asking node counts as dead. */
const CHECK_MS = 20_000;
/** Viewing a page extends a session, but this is stored at most once in this time. */
const TOUCH_MS = 30_000;

/** Items that a person may register, named by their fields in the record. */
export const REGISTRABLE = [
  "mobile",
  "officePhone",
  "email",
  "authenticator",
  "questions",
  "recoveryCodes",
] as const;
export type Registrable = (typeof REGISTRABLE)[number];
/** Items with an address, confirmed by a code sent to it. */
export const ADDRESSED = ["mobile", "officePhone", "email"] as const satisfies readonly Registrable[];
export type Addressed = (typeof ADDRESSED)[number];

const typed = z.string().max(254);
const problemSchema = z.discriminatedUnion("kind", [
  /** Says nothing about the reason, so that strangers learn nothing about the account. */
  z.strictObject({ kind: z.literal("sign_in_refused") }),
  z.strictObject({ kind: z.literal("too_many_sign_ins") }),
  /** Too many wrong passwords came from the visitor's network: nothing was checked. */
  z.strictObject({ kind: z.literal("network_closed") }),
  /** No agent or no directory answered: nothing was checked. */
  z.strictObject({ kind: z.literal("unavailable"), code: z.enum(ERROR_CODES) }),
  z.strictObject({ kind: z.literal("stale") }),
  z.strictObject({ kind: z.literal("number_invalid"), field: z.enum(["mobile", "officePhone"]), typed }),
  z.strictObject({ kind: z.literal("number_premium"), field: z.enum(["mobile", "officePhone"]), typed }),
  z.strictObject({ kind: z.literal("email_invalid"), typed }),
  /** The address is the account's own mailbox, which cannot be opened without the forgotten password. */
  z.strictObject({ kind: z.literal("email_is_account"), typed }),
  z.strictObject({ kind: z.literal("wrong_code") }),
  z.strictObject({ kind: z.literal("code_expired") }),
  z.strictObject({ kind: z.literal("too_many_tries") }),
  z.strictObject({ kind: z.literal("too_many_sends") }),
  z.strictObject({ kind: z.literal("resend_too_soon") }),
  z.strictObject({ kind: z.literal("send_failed") }),
  /** The directory wants a new password first. */
  z.strictObject({ kind: z.literal("must_change") }),
  /** Methods change only after a proof beyond the password. */
  z.strictObject({ kind: z.literal("proof_needed") }),
  /** The method is on file, and nothing can prove more than the password now. It can only be removed, which waits. */
  z.strictObject({ kind: z.literal("replace_waits") }),
  /** The answers to questions were changed many times within minutes. */
  z.strictObject({ kind: z.literal("too_often") }),
  z.strictObject({ kind: z.literal("questions_incomplete") }),
  z.strictObject({ kind: z.literal("questions_repeated") }),
  z.strictObject({ kind: z.literal("answer_too_short") }),
  z.strictObject({ kind: z.literal("answers_alike") }),
  z.strictObject({ kind: z.literal("password_empty") }),
  z.strictObject({ kind: z.literal("password_too_long") }),
  z.strictObject({ kind: z.literal("passwords_differ") }),
  /** The directory or the agent refused the password. The visitor may try another one. */
  z.strictObject({ kind: z.literal("password_refused"), verdict: verdictSchema }),
  /** Nothing was changed, and trying again makes sense. */
  z.strictObject({ kind: z.literal("not_applied"), code: z.enum(ERROR_CODES) }),
]);
export type RegistrationProblem = z.infer<typeof problemSchema>;

const instant = z.int().min(0);
/** More changes than a visitor makes in one session. Earlier epochs of its own have been replaced and cannot come back. */
const MAX_EPOCHS = 32;

const codeTaskSchema = z.strictObject({
  kind: z.literal("code"),
  /**
   * `confirm`: the code confirms a number or address. `prove`: it proves, by one that counts already, that the visitor is the
   * person.
   */
  purpose: z.enum(["confirm", "prove"]).default("confirm"),
  /** The method of reset whose destination this is and that counts already: the code then proves more than the password. */
  proves: z.enum(SENT_METHODS).nullable().default(null),
  what: z.enum(ADDRESSED),
  /** True when the value is the directory's: it is confirmed, not replaced. */
  isSynced: z.boolean(),
  channel: z.enum(CHANNELS),
  /** E.164, or an email address. */
  address: typed,
  challengeId: ulidSchema,
  /** HMAC of the code, bound to session and challenge. */
  digest: z.string().max(64),
  expiresAt: instant,
  resendAt: instant,
  triesLeft: z.int().min(0),
  sendsLeft: z.int().min(0),
});
export type CodeTask = z.infer<typeof codeTaskSchema>;

const taskSchema = z.discriminatedUnion("kind", [
  codeTaskSchema,
  z.strictObject({
    kind: z.literal("authenticator"),
    sealedSecret: z.string().max(512),
    triesLeft: z.int().min(0),
  }),
  /** Shown and not yet saved by the person, so the old codes still work. Sealed, so that Redis never holds a code. */
  z.strictObject({ kind: z.literal("recovery_codes"), sealed: z.string().max(1024) }),
  /** `jobId`: null until just before the job is submitted. */
  z.strictObject({ kind: z.literal("changing"), jobId: jobIdSchema.nullable(), since: instant }),
  /** Asks for a code of the app, or for a recovery code, as a proof beyond the password. */
  z.strictObject({
    kind: z.literal("prove"),
    method: z.enum(["authenticator", "recovery_code"]),
    triesLeft: z.int().min(0),
  }),
  z.strictObject({ kind: z.literal("changed"), verdict: verdictSchema }),
  z.strictObject({ kind: z.literal("unclear") }),
]);
export type Task = z.infer<typeof taskSchema>;

/** The directory's and the policy's answers at sign-in. */
const signedInSchema = z.strictObject({
  name: z.literal("signed_in"),
  userId: userIdSchema,
  /** True when the directory requires a new password at the next sign-in. */
  mustChange: z.boolean(),
  /** True when this person may register. Everyone may change the password. */
  allowed: z.boolean(),
  policyName: z.string().max(64),
  privileged: z.boolean(),
  rules: rulesSchema,
  /** The directory's password rule, as far as it can be read. */
  rule: passwordRuleSchema.nullable(),
  task: taskSchema.nullable(),
  /** True when the visitor proved more than the password in this session (step-up.ts). */
  isProven: z.boolean().default(false),
  /** The person's epoch before the password was checked, and those that this session began (store/person-epochs.ts). */
  epochs: z.array(epochSchema).max(MAX_EPOCHS).default([]),
});
export type SignedIn = z.infer<typeof signedInSchema>;

const checkResultSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("signed_in"), state: signedInSchema }),
  z.strictObject({ kind: z.literal("problem"), problem: problemSchema }),
]);
export type CheckResult = z.infer<typeof checkResultSchema>;

const stateSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("password") }),
  z.strictObject({
    name: z.literal("checking"),
    since: instant,
    until: instant,
    /** Known, but shown only from `at` on. */
    answer: z.strictObject({ at: instant, result: checkResultSchema }).nullable(),
  }),
  signedInSchema,
]);

export const registrationSessionSchema = z.strictObject({
  id: ulidSchema,
  tenantId: tenantIdSchema,
  /** See cloud/store/visits.ts. Sessions of an earlier version do not have it. */
  revision: z.int().min(0).default(0),
  /** SHA-256 of the cookie's secret, base64url. */
  secretDigest: z.string().max(64),
  startedAt: instant,
  usedAt: instant,
  /** Increases with each action, but not with background work. Forms carry it. */
  screen: z.int().min(1),
  language: z.enum(LANGUAGES),
  /** Address of the browser, for limits. */
  address: z.string().max(64),
  /** The purpose of the visit. */
  goal: z.enum(["register", "change"]),
  userName: z.string().max(256),
  /** True when the administrators were asked for help, which is possible once. */
  adminAsked: z.boolean().default(false),
  /** Wrong passwords of this visit. */
  failures: z.int().min(0).default(0),
  problem: problemSchema.nullable(),
  /** The effect of the last action, for the next screen. */
  done: z
    .strictObject({
      kind: z.enum(["added", "confirmed", "removed", "removal_waits", "reviewed", "proven"]),
      what: z.enum(REGISTRABLE).nullable(),
    })
    .nullable(),
  state: stateSchema,
});
export type RegistrationSession = z.infer<typeof registrationSessionSchema>;
export type Done = NonNullable<RegistrationSession["done"]>;

export const personOf = ({ state }: RegistrationSession): VisitPerson | null =>
  state.name === "signed_in" ? { id: state.userId, epochs: state.epochs } : null;

/** The state of a session that is about to begin an epoch itself. */
export const inOwnEpoch = (state: SignedIn, epoch: string): SignedIn => ({
  ...state,
  epochs: [...state.epochs, epoch].slice(-MAX_EPOCHS),
});

/** Checks that the session belongs to this browser and has not ended. */
export function isOpenTo(session: RegistrationSession, key: SessionKey, now: number): boolean {
  return isEqualInConstantTime(secretDigestOf(key.secret), session.secretDigest) && !hasEnded(session, now);
}

type Change = Partial<Pick<RegistrationSession, "problem" | "done" | "state" | "secretDigest" | "goal">>;

/** The session after an action of the visitor. Clears the problem and the result of the action before. */
export const afterAction = (
  session: RegistrationSession,
  now: number,
  change: Change,
): RegistrationSession => ({
  ...session,
  problem: null,
  done: null,
  ...change,
  usedAt: now,
  screen: session.screen + 1,
});

/** The session after a form of an earlier screen: the current screen is shown again. */
export const afterStaleForm = (session: RegistrationSession, now: number): RegistrationSession => ({
  ...session,
  problem: { kind: "stale" },
  usedAt: now,
});

export function beginCheck(session: RegistrationSession, now: number, digest: string): RegistrationSession {
  return afterAction(session, now, {
    secretDigest: digest,
    state: { name: "checking", since: now, until: now + CHECK_MS, answer: null },
  });
}

/** Stores the answer in the background. Null when the visitor has moved on meanwhile. */
export function answerCheck(
  session: RegistrationSession,
  now: number,
  result: CheckResult,
): RegistrationSession | null {
  const { state } = session;
  if (state.name !== "checking" || state.answer !== null) return null;
  const steps = Math.max(1, Math.ceil((now - state.since) / ANSWER_STEP_MS));
  const isWrong = result.kind === "problem" && result.problem.kind === "sign_in_refused";
  return {
    ...session,
    failures: session.failures + (isWrong ? 1 : 0),
    state: { ...state, answer: { at: state.since + steps * ANSWER_STEP_MS, result } },
  };
}

/** The session after time has passed; null when that changes nothing. */
export function afterLook(session: RegistrationSession, now: number): RegistrationSession | null {
  const { state } = session;
  if (state.name === "checking") {
    const result = state.answer !== null && now >= state.answer.at ? state.answer.result : null;
    if (result?.kind === "signed_in") return afterAction(session, now, { state: result.state });
    if (result !== null)
      return afterAction(session, now, { state: { name: "password" }, problem: result.problem });
    if (now >= state.until)
      return afterAction(session, now, {
        state: { name: "password" },
        problem: { kind: "unavailable", code: "TIMEOUT" },
      });
  }
  return now - session.usedAt >= TOUCH_MS ? { ...session, usedAt: now } : null;
}

/** Adds a problem of the current code in the background. The forms on the screen stay valid. */
export function withProblem(
  session: RegistrationSession,
  challengeId: string,
  problem: RegistrationProblem,
): RegistrationSession | null {
  const { state } = session;
  if (state.name !== "signed_in" || state.task?.kind !== "code" || state.task.challengeId !== challengeId)
    return null;
  return { ...session, problem };
}
