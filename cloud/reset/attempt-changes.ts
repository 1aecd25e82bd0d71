/** What each action makes of an attempt. Pure: the same attempt and the same action give the same next one. */
import { isSentMethod, type Method, type SentMethod } from "../../shared/methods.ts";
import type { Operation, Verdict } from "../../shared/writeback.ts";
import type { Proof } from "../methods/proof.ts";
import { OTP_LIFE_MS, OTP_RESEND_AFTER_MS, OTP_SENDS, OTP_TRIES } from "../visits/otp.ts";
import { type Attempt, type AttemptAccount } from "./attempt.ts";
import { remainingMethods } from "./attempt-step.ts";

type Problem = NonNullable<Attempt["problem"]>;

export const withProblem = (attempt: Attempt, problem: Problem): Attempt => ({ ...attempt, problem });

export const reasonChosen = (attempt: Attempt, reason: "forgot" | "locked"): Attempt => ({
  ...attempt,
  reason,
});

/** A code that would be sent, should there be one to send. */
export interface NewCode {
  readonly challengeId: string;
  /** Of as many digits as the attempt asks for by then. */
  readonly digestFor: (attempt: Attempt) => string;
  /** Is the tenant under attack? Then one proof will not be enough: its code would be too short to be the only one. */
  readonly strict: boolean;
  readonly now: number;
}

export interface MethodChoice {
  readonly method: Method;
  /** Sealed; null where there is no number to type. */
  readonly typedNumber: string | null;
}

/** `open`: what strangers may choose from. After the first proof it is what the person has left. */
export function methodChosen(
  attempt: Attempt,
  { method, typedNumber }: MethodChoice,
  code: NewCode,
  open: readonly Method[],
): Attempt {
  const isOffered =
    attempt.proofs.length === 0
      ? open.includes(method) && method !== "questions"
      : remainingMethods(attempt).some((other) => other.method === method);
  if (!isOffered) return withProblem(attempt, { kind: "method_used" });
  if (!isSentMethod(method)) return { ...attempt, chosen: { method, typedNumber: null, challenge: null } };
  return sent(attempt, { method, typedNumber }, method, code);
}

export function resent(attempt: Attempt, code: NewCode): Attempt {
  const { chosen } = attempt;
  if (chosen === null || !isSentMethod(chosen.method)) return withProblem(attempt, { kind: "stale" });
  return sent(attempt, chosen, chosen.method, code);
}

/** A new challenge; the one before is worth nothing from now on. The attempt stays as it is when there may be none. */
function sent(
  attempt: Attempt,
  { typedNumber }: MethodChoice,
  method: SentMethod,
  { challengeId, digestFor, strict, now }: NewCode,
): Attempt {
  const before = attempt.sends.find((sends) => sends.method === method);
  if (before !== undefined && before.count >= OTP_SENDS)
    return withProblem(attempt, { kind: "too_many_sends" });
  if (before !== undefined && now < before.lastAt + OTP_RESEND_AFTER_MS)
    return withProblem(attempt, { kind: "resend_too_soon" });
  const next = { ...attempt, strict: attempt.strict || strict };
  return {
    ...next,
    chosen: {
      method,
      typedNumber,
      challenge: {
        id: challengeId,
        sentAt: now,
        expiresAt: now + OTP_LIFE_MS,
        digest: digestFor(next),
        triesLeft: OTP_TRIES,
      },
    },
    sends: [
      ...attempt.sends.filter((sends) => sends.method !== method),
      { method, count: (before?.count ?? 0) + 1, lastAt: now },
    ],
  };
}

export const wentBack = (attempt: Attempt): Attempt => ({ ...attempt, chosen: null });

/** A wrong code costs a try of its challenge. */
export function guessedWrong(attempt: Attempt): Attempt {
  const { chosen } = attempt;
  const problem: Problem = { kind: chosen?.method === "questions" ? "wrong_answers" : "wrong_code" };
  if (chosen?.challenge == null) return withProblem(attempt, problem);
  const triesLeft = Math.max(0, chosen.challenge.triesLeft - 1);
  return {
    ...attempt,
    chosen: { ...chosen, challenge: { ...chosen.challenge, triesLeft } },
    problem,
  };
}

/** Can the present code still be guessed at? */
export function isCodeAlive({ chosen }: Attempt, now: number): boolean {
  const challenge = chosen?.challenge;
  return challenge == null || (now < challenge.expiresAt && challenge.triesLeft > 0);
}

export interface Proven {
  readonly proof: Proof;
  readonly secretDigest: string;
  readonly account: AttemptAccount | null;
  readonly strict: boolean;
}

/** The code is used up, the secret is another one, and the next step follows from what there is now. */
export const proved = (attempt: Attempt, { proof, secretDigest, account, strict }: Proven): Attempt => ({
  ...attempt,
  proofs: [...attempt.proofs, proof],
  chosen: null,
  account: attempt.account ?? account,
  strict: attempt.strict || strict,
  secretDigest,
});

export const blocked = (attempt: Attempt, until: number): Attempt => ({
  ...attempt,
  chosen: null,
  blockedUntil: until,
});

export const handedOver = (
  attempt: Attempt,
  job: { readonly id: string; readonly operation: "reset" | "unlock"; readonly since: number },
): Attempt => ({ ...attempt, job: { ...job, unclear: false, verdict: null } });

/** What came of a job. `code` null only when it was applied. */
export interface JobTruth {
  readonly kind: "applied" | "unclear" | "failed";
  readonly code: string | null;
  readonly verdict: Verdict;
}

/** Null when there is nothing new in it. */
export function settled(attempt: Attempt, jobId: string, truth: JobTruth): Attempt | null {
  const { job } = attempt;
  if (job?.id !== jobId || job.verdict !== null) return null;
  switch (truth.kind) {
    case "applied":
      return { ...attempt, job: { ...job, unclear: false, verdict: truth.verdict }, problem: null };
    case "unclear":
      return job.unclear ? null : { ...attempt, job: { ...job, unclear: true }, problem: null };
    case "failed":
      return notApplied({ ...attempt, job: null }, truth);
  }
}

/** Back at the password (or the unlock), told why; or at the end, when it is the account that does not allow it. */
function notApplied(attempt: Attempt, { code, verdict }: JobTruth): Attempt {
  const obstacle = obstacleOf(code);
  if (obstacle !== null && attempt.account !== null)
    return { ...attempt, account: { ...attempt.account, obstacle }, problem: null };
  const problem: Problem = code?.startsWith("PASSWORD_")
    ? { kind: "password_refused", verdict }
    : { kind: "not_applied", code: code ?? "NOT_APPLIED" };
  return withProblem(attempt, problem);
}

const OBSTACLES: Readonly<Record<string, AttemptAccount["obstacle"]>> = {
  ACCOUNT_PROTECTED: "ACCOUNT_PROTECTED",
  ACCOUNT_DISABLED: "ACCOUNT_DISABLED",
  ACCOUNT_EXPIRED: "ACCOUNT_EXPIRED",
  ACCOUNT_OUT_OF_SCOPE: "ACCOUNT_OUT_OF_SCOPE",
  ACCOUNT_DENIED: "ACCOUNT_DENIED",
  DIRECTORY_USER_NOT_FOUND: "DIRECTORY_USER_NOT_FOUND",
};
const obstacleOf = (code: string | null): AttemptAccount["obstacle"] => OBSTACLES[code ?? ""] ?? null;

export const operationOf = (attempt: Attempt): Extract<Operation, "reset" | "unlock"> =>
  attempt.reason === "locked" ? "unlock" : "reset";
