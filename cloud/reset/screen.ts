/** Makes the screen of an attempt. Pure. Before the first proof, nothing on it depends on whether the person exists. */
import type { Policy } from "../../shared/api/policy.ts";
import { isSentMethod, type Method } from "../../shared/methods.ts";
import type { RecentMethod } from "../people/recent-methods.ts";
import { OTP_RESEND_AFTER_MS, OTP_SENDS } from "../visits/otp.ts";
import { contactOf } from "../visits/visit.ts";
import type { Attempt } from "./attempt.ts";
import { operationOf } from "./attempt-changes.ts";
import { countedProofs, remainingMethods, requiredProofs, type Step } from "./attempt-step.ts";
import { type MethodOption, type ResetProblem, type ResetScreen } from "./reset-service.ts";

export interface ScreenFacts {
  readonly policy: Policy;
  /** The methods offered before the first proof. */
  readonly open: readonly Method[];
  /** Methods registered lately; needed for the last screen alone. */
  readonly recent: readonly RecentMethod[];
  /** The number that was just refused. */
  readonly typedNumber: string | null;
}

export function screenOf(
  attempt: Attempt,
  step: Step,
  { policy, open, recent, typedNumber }: ScreenFacts,
): ResetScreen {
  const { version, language, tenantId, id: attemptId, userName, account, job, work } = attempt;
  const problem: ResetProblem | null = attempt.problem;
  const common = { version, problem, language, tenantId, attemptId, userName };
  const proven = countedProofs(attempt).length === 0 ? 0 : 1;
  const operation = job?.operation ?? operationOf(attempt);

  switch (step.name) {
    case "reason":
    case "unlock":
      return { ...common, step: step.name };
    case "choose": {
      const methods =
        attempt.proofs.length === 0 ? open : remainingMethods(attempt).map(({ method }) => method);
      return {
        ...common,
        step: "choose",
        proven,
        required: attempt.proofs.length === 0 ? null : requiredProofs(attempt),
        options: methods.map((method) => optionOf(attempt, method)),
        typedNumber,
      };
    }
    case "code": {
      const sends = attempt.sends.find(({ method }) => method === step.method);
      const challenge = attempt.chosen?.challenge;
      return {
        ...common,
        step: "code",
        ...optionOf(attempt, step.method),
        proven,
        resendAt: (sends?.lastAt ?? 0) + OTP_RESEND_AFTER_MS,
        expiresAt: challenge?.expiresAt ?? 0,
        sendsLeft: isSentMethod(step.method) ? OTP_SENDS - (sends?.count ?? 0) : 0,
        work,
      };
    }
    case "questions":
      return { ...common, step: "questions", questionIds: account?.questionIds ?? [], work };
    case "enter":
      return {
        ...common,
        step: "enter",
        method: step.method === "authenticator" ? "authenticator" : "recovery_code",
        proven,
        needsNextCode: attempt.halfProven,
        work,
      };
    case "password":
      return { ...common, step: "password", rule: account?.rule ?? null, names: account?.names ?? [] };
    case "done":
      if (job?.verdict == null) throw new Error("an attempt is done without a verdict");
      return { ...common, step: "done", operation: job.operation, verdict: job.verdict, recent };
    case "waiting":
      return { ...common, step: "waiting", operation, since: job?.since ?? attempt.touchedAt };
    case "unclear":
      return { ...common, step: "unclear", operation };
    case "impossible":
      return { ...common, step: "impossible", reason: step.reason, contact: contactOf(policy) };
    case "blocked":
      return { ...common, step: "blocked", until: step.until, contact: contactOf(policy) };
    case "paused":
      return { ...common, step: "paused", until: step.until };
    case "unexamined":
      throw new Error("the account is examined before its screen is made");
  }
}

function optionOf({ person }: Attempt, method: Method): MethodOption {
  switch (method) {
    case "text":
    case "call":
      return { method, lastDigits: person?.mobileDigits ?? null };
    case "office_call":
      return { method, lastDigits: person?.officeDigits ?? null };
    case "email":
    case "authenticator":
    case "recovery_code":
    case "questions":
      return { method, lastDigits: null };
  }
}
