/** The attempt that follows from each action. Pure: the same attempt and action give the same next attempt. */
import { ACCOUNT_OBSTACLES } from "../../shared/account.ts";
import { isSentMethod, type Method, type SentMethod } from "../../shared/methods.ts";
import type { Operation } from "../../shared/writeback.ts";
import type { Proof } from "../methods/proof.ts";
import { OTP_LIFE_MS, OTP_RESEND_AFTER_MS, OTP_SENDS } from "../visits/otp.ts";
import { type FailedJob, type JobOutcome, writebackProblem } from "../writeback/job-outcome.ts";
import { type Attempt, type AttemptAccount } from "./attempt.ts";
import { remainingMethods } from "./attempt-step.ts";

type Problem = NonNullable<Attempt["problem"]>;

export const withProblem = (attempt: Attempt, problem: Problem): Attempt => ({ ...attempt, problem });

export const reasonChosen = (attempt: Attempt, reason: "forgot" | "locked"): Attempt => ({
  ...attempt,
  reason,
});

/** A code made before it is known whether it will be sent. */
export interface NewCode {
  readonly challengeId: string;
  /** The digest of as many digits as the attempt needs by then. */
  readonly digestFor: (attempt: Attempt) => string;
  /** True while the tenant is under attack: one proof is not enough then, where a person has two methods. */
  readonly strict: boolean;
  readonly now: number;
}

export interface MethodChoice {
  readonly method: Method;
  /** Sealed; null for methods without a number to type. */
  readonly typedNumber: string | null;
}

/** `open`: the methods offered before the first proof. After it, the person's remaining methods are offered. */
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
  if (!isSentMethod(method))
    return { ...attempt, halfProven: false, chosen: { method, typedNumber: null, challenge: null } };
  return sent(attempt, { method, typedNumber }, method, code);
}

export function resent(attempt: Attempt, code: NewCode): Attempt {
  const { chosen } = attempt;
  if (chosen === null || !isSentMethod(chosen.method)) return withProblem(attempt, { kind: "stale" });
  return sent(attempt, chosen, chosen.method, code);
}

/**
 * Replaces the challenge, so that the previous code becomes invalid. Changes only the problem when no code may be sent
 * now.
 */
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
      },
    },
    sends: [
      ...attempt.sends.filter((sends) => sends.method !== method),
      { method, count: (before?.count ?? 0) + 1, lastAt: now },
    ],
  };
}

export const wentBack = (attempt: Attempt): Attempt => ({ ...attempt, chosen: null, halfProven: false });

/** `work`: what the next code needs. */
export const guessedWrong = (attempt: Attempt, work: number): Attempt =>
  withProblem(
    { ...attempt, failures: attempt.failures + 1, work },
    { kind: attempt.chosen?.method === "questions" ? "wrong_answers" : "wrong_code" },
  );

/** True while the current code has not expired. The limits count its tries. */
export function hasLiveCode({ chosen }: Attempt, now: number): boolean {
  const challenge = chosen?.challenge;
  return challenge == null || now < challenge.expiresAt;
}

export interface Proven {
  readonly proof: Proof;
  readonly now: number;
  readonly secretDigest: string;
  readonly account: AttemptAccount | null;
  readonly strict: boolean;
}

/** Uses up the code and changes the secret. The next step follows from the record. */
export const proved = (attempt: Attempt, { proof, now, secretDigest, account, strict }: Proven): Attempt => ({
  ...attempt,
  proofs: [...attempt.proofs, proof],
  provenAt: now,
  halfProven: false,
  failures: 0, // given back with this proof
  work: 0,
  chosen: null,
  account: attempt.account ?? account,
  strict: attempt.strict || strict,
  secretDigest,
});

/**
 * A code of the authenticator app that is the only proof: six digits, of which several are right at a time. So a second code is
 * needed. That asks less of a user than a clock that must be right to the second, or three tries a day.
 */
export const halfProved = (
  attempt: Attempt,
  { account, strict }: Pick<Proven, "account" | "strict">,
): Attempt => ({
  ...attempt,
  account: attempt.account ?? account,
  strict: attempt.strict || strict,
  halfProven: true,
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

/** Returns null when the outcome adds nothing new. */
export function settled(attempt: Attempt, jobId: string, outcome: JobOutcome): Attempt | null {
  const { job } = attempt;
  if (job?.id !== jobId || job.verdict !== null) return null;
  switch (outcome.kind) {
    case "applied":
      return { ...attempt, job: { ...job, unclear: false, verdict: outcome.verdict }, problem: null };
    case "unclear":
      return job.unclear ? null : { ...attempt, job: { ...job, unclear: true }, problem: null };
    case "failed":
      return notApplied({ ...attempt, job: null }, outcome);
  }
}

/**
 * Returns to the step `password` or `unlock` with the reason, or ends the attempt if the account itself does not allow
 * the writeback.
 */
function notApplied(attempt: Attempt, failure: FailedJob): Attempt {
  const obstacle = ACCOUNT_OBSTACLES.find((known) => known === failure.code);
  if (obstacle !== undefined && attempt.account !== null)
    return { ...attempt, account: { ...attempt.account, obstacle }, problem: null };
  return withProblem(attempt, writebackProblem(failure));
}

export const operationOf = (attempt: Attempt): Extract<Operation, "reset" | "unlock"> =>
  attempt.reason === "locked" ? "unlock" : "reset";
