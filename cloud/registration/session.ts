/**
 * The record of one person at the registration portal, and how it changes. Pure: what is sent, stored elsewhere or asked of the
 * directory happens next door, between two of these changes.
 *
 *   password ──► checking ──► signed_in ──► (ended: idle 5 min, 15 min in all, or at the person's wish)
 *      ▲             │            │
 *      └── refused ──┘            └─ task: code | authenticator | recovery_codes | changing ──► changed | unclear
 *
 * The task is what is half done: a code that is on its way, an app that is being set up, recovery codes that were shown and not
 * yet kept, a change of the password in the hands of the agents. There is one at a time; without one the screen is the overview.
 */
import { z } from "zod";
import { rulesSchema } from "../../shared/api/policy.ts";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { ERROR_CODES } from "../../shared/errors.ts";
import { jobIdSchema, tenantIdSchema, ulidSchema, userIdSchema } from "../../shared/ids.ts";
import { LANGUAGES } from "../../shared/language.ts";
import { CHANNELS } from "../../shared/methods.ts";
import { passwordRuleSchema, verdictSchema } from "../../shared/writeback.ts";
import { secretDigestOf } from "../visits/secret.ts";
import { hasEnded, type SessionKey } from "../visits/visit.ts";

/** Sign-ins are answered at multiples of this after the form came, whatever became of them: it hides who exists. */
export const ANSWER_STEP_MS = 600;
/** Nobody answers any more: the node that asked is gone. */
const CHECK_MS = 20_000;
/** A page that is looked at is not written down each time. */
const TOUCH_MS = 30_000;

/** What a person may register, by the field it fills. */
export const REGISTRABLE = [
  "mobile",
  "officePhone",
  "email",
  "authenticator",
  "questions",
  "recoveryCodes",
] as const;
export type Registrable = (typeof REGISTRABLE)[number];
/** Those that have an address, and are confirmed by a code sent there. */
export const ADDRESSED = ["mobile", "officePhone", "email"] as const satisfies readonly Registrable[];
export type Addressed = (typeof ADDRESSED)[number];

const typed = z.string().max(254);
export const problemSchema = z.discriminatedUnion("kind", [
  /** Whatever the reason: strangers learn nothing about the account. */
  z.strictObject({ kind: z.literal("sign_in_refused") }),
  z.strictObject({ kind: z.literal("too_many_sign_ins") }),
  /** No agent, no directory: nothing was checked. */
  z.strictObject({ kind: z.literal("unavailable"), code: z.enum(ERROR_CODES) }),
  z.strictObject({ kind: z.literal("stale") }),
  z.strictObject({ kind: z.literal("number_invalid"), field: z.enum(["mobile", "officePhone"]), typed }),
  z.strictObject({ kind: z.literal("number_premium"), field: z.enum(["mobile", "officePhone"]), typed }),
  z.strictObject({ kind: z.literal("email_invalid"), typed }),
  /** It is the mailbox that a forgotten password closes. */
  z.strictObject({ kind: z.literal("email_is_account"), typed }),
  z.strictObject({ kind: z.literal("wrong_code") }),
  z.strictObject({ kind: z.literal("code_expired") }),
  z.strictObject({ kind: z.literal("too_many_tries") }),
  z.strictObject({ kind: z.literal("too_many_sends") }),
  z.strictObject({ kind: z.literal("resend_too_soon") }),
  z.strictObject({ kind: z.literal("send_failed") }),
  z.strictObject({ kind: z.literal("questions_incomplete") }),
  z.strictObject({ kind: z.literal("questions_repeated") }),
  z.strictObject({ kind: z.literal("answer_too_short") }),
  z.strictObject({ kind: z.literal("answers_alike") }),
  z.strictObject({ kind: z.literal("password_empty") }),
  z.strictObject({ kind: z.literal("password_too_long") }),
  z.strictObject({ kind: z.literal("passwords_differ") }),
  /** The directory or the agent refused it: the rule, and the person stays. */
  z.strictObject({ kind: z.literal("password_refused"), verdict: verdictSchema }),
  /** Nothing was changed; trying again is right. */
  z.strictObject({ kind: z.literal("not_applied"), code: z.enum(ERROR_CODES) }),
]);
export type RegistrationProblem = z.infer<typeof problemSchema>;

const instant = z.int().min(0);

const codeTaskSchema = z.strictObject({
  kind: z.literal("code"),
  what: z.enum(ADDRESSED),
  /** The value is the directory's: it is confirmed, not replaced. */
  isSynced: z.boolean(),
  channel: z.enum(CHANNELS),
  /** E.164, or an address. */
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
  /** Shown, and not yet kept by the person: the old ones still work. Sealed, for Redis never sees a code. */
  z.strictObject({ kind: z.literal("recovery_codes"), sealed: z.string().max(1024) }),
  /** `jobId`: null until the job is stored. */
  z.strictObject({ kind: z.literal("changing"), jobId: jobIdSchema.nullable(), since: instant }),
  z.strictObject({ kind: z.literal("changed"), verdict: verdictSchema }),
  z.strictObject({ kind: z.literal("unclear") }),
]);
export type Task = z.infer<typeof taskSchema>;

/** What the directory and the policy said when the person signed in. */
const signedInSchema = z.strictObject({
  name: z.literal("signed_in"),
  userId: userIdSchema,
  /** The directory wants another password at the next sign-in. */
  mustChange: z.boolean(),
  /** May this person register? Changing the password is open to all. */
  allowed: z.boolean(),
  policyName: z.string().max(64),
  privileged: z.boolean(),
  rules: rulesSchema,
  /** What a new password must be like, as far as the directory lets it be read. */
  rule: passwordRuleSchema.nullable(),
  task: taskSchema.nullable(),
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
    /** Known, and told from `at` on. */
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
  /** Counts up with each action, and not with what happens in the background: forms carry it. */
  screen: z.int().min(1),
  language: z.enum(LANGUAGES),
  /** Of the browser, for limits. */
  address: z.string().max(64),
  /** What the person came for. */
  goal: z.enum(["register", "change"]),
  userName: z.string().max(256),
  /** The administrators were asked for help: once is enough. */
  adminAsked: z.boolean().default(false),
  problem: problemSchema.nullable(),
  /** What was just done, for the next screen. */
  done: z
    .strictObject({
      kind: z.enum(["added", "confirmed", "removed", "reviewed"]),
      what: z.enum(REGISTRABLE).nullable(),
    })
    .nullable(),
  state: stateSchema,
});
export type RegistrationSession = z.infer<typeof registrationSessionSchema>;
export type Done = NonNullable<RegistrationSession["done"]>;

/** This browser's, and neither idle nor too old. */
export function isOpenTo(session: RegistrationSession, key: SessionKey, now: number): boolean {
  return isEqualInConstantTime(secretDigestOf(key.secret), session.secretDigest) && !hasEnded(session, now);
}

type Change = Partial<Pick<RegistrationSession, "problem" | "done" | "state" | "secretDigest" | "goal">>;

/** What a person did. Earlier problems and news are over. */
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

/** The form was of an earlier screen: the present one is shown again. */
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

/** In the background. Null when the person went elsewhere meanwhile. */
export function answerCheck(
  session: RegistrationSession,
  now: number,
  result: CheckResult,
): RegistrationSession | null {
  const { state } = session;
  if (state.name !== "checking" || state.answer !== null) return null;
  const steps = Math.max(1, Math.ceil((now - state.since) / ANSWER_STEP_MS));
  return { ...session, state: { ...state, answer: { at: state.since + steps * ANSWER_STEP_MS, result } } };
}

/** What time alone decides when somebody looks; null when that is nothing. */
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

/** In the background: the task's own news, which leave the forms on the screen valid. */
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
