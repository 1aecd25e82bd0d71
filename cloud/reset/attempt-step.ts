/** Derives the step of an attempt from what is known and proven. Pure. */
import { MINUTE_MS } from "../../shared/durations.ts";
import type { Method } from "../../shared/methods.ts";
import type { Proof } from "../methods/proof.ts";
import { countFactors } from "../people/usable-methods.ts";
import type { Attempt } from "./attempt.ts";
import type { ResetScreen } from "./reset-service.ts";

type ImpossibleReason = Extract<ResetScreen, { step: "impossible" }>["reason"];

export type Step =
  | { readonly name: "reason" }
  | { readonly name: "choose" }
  | { readonly name: "code" | "enter" | "questions"; readonly method: Method }
  | { readonly name: "password" | "unlock" | "waiting" | "unclear" | "done" }
  /** Proven by the only method of the person while the tenant is under attack. */
  | { readonly name: "paused"; readonly until: number }
  /** Proven, but no agent has examined the account yet. */
  | { readonly name: "unexamined" }
  | { readonly name: "impossible"; readonly reason: ImpossibleReason }
  | { readonly name: "blocked"; readonly until: number };

/** How long a person with one method waits under attack. Shorter than a visit may be idle. */
const PAUSE_MS = 2 * MINUTE_MS;

/** Under attack two proofs, unless the person has methods for one only. */
export function requiredProofs(attempt: Attempt): 1 | 2 {
  const { account, strict } = attempt;
  const required = account?.required ?? 1;
  if (!strict || account === null) return strict ? 2 : required;
  return possibleFactors(attempt) >= 2 ? 2 : required;
}

const possibleFactors = (attempt: Attempt): number =>
  countFactors([...countedProofs(attempt), ...remainingMethods(attempt)]);

/** Returns the proofs that count: by usable methods, one per factor, and questions only next to another proof. */
export function countedProofs({ account, proofs }: Attempt): readonly Proof[] {
  const valid = proofs.filter(
    (proof, at) =>
      account?.usable.some(({ method }) => method === proof.method) === true &&
      !proofs.slice(0, at).some(({ factor }) => factor === proof.factor),
  );
  return valid.every(({ method }) => method === "questions") ? [] : valid;
}

/** Returns the methods that may still be chosen after the first proof. */
export function remainingMethods(attempt: Attempt): readonly Proof[] {
  const used = new Set(attempt.proofs.map(({ factor }) => factor));
  return (attempt.account?.usable ?? []).filter(({ factor }) => !used.has(factor));
}

export function stepOf(attempt: Attempt, now: number): Step {
  const { job, chosen, proofs, strict, provenAt } = attempt;
  if (job !== null) {
    if (job.verdict !== null) return { name: "done" };
    return { name: job.unclear ? "unclear" : "waiting" };
  }
  if (attempt.blockedUntil !== null && now < attempt.blockedUntil)
    return { name: "blocked", until: attempt.blockedUntil };
  if (attempt.reason === null) return { name: "reason" };
  if (proofs.length === 0) return chosen === null ? { name: "choose" } : stepOfMethod(chosen.method);
  if (attempt.account === null) return { name: "unexamined" };

  const impossible = impossibleReason(attempt);
  if (impossible !== null) return { name: "impossible", reason: impossible };
  if (countedProofs(attempt).length < requiredProofs(attempt))
    return chosen === null ? { name: "choose" } : stepOfMethod(chosen.method);
  const pausedUntil = (provenAt ?? 0) + PAUSE_MS;
  if (strict && countedProofs(attempt).length < 2 && now < pausedUntil)
    return { name: "paused", until: pausedUntil };
  return { name: attempt.reason === "forgot" ? "password" : "unlock" };
}

function stepOfMethod(method: Method): Step {
  switch (method) {
    case "questions":
      return { name: "questions", method };
    case "authenticator":
    case "recovery_code":
      return { name: "enter", method };
    case "text":
    case "call":
    case "office_call":
    case "email":
      return { name: "code", method };
  }
}

/** Returns why this account cannot be reset whatever is proven; null when it can. Never shown before the first proof. */
export function impossibleReason(attempt: Attempt): ImpossibleReason | null {
  const { account, reason } = attempt;
  if (attempt.gone) return "user_gone";
  if (account === null) return null;
  if (account.obstacle !== null) return account.obstacle;
  if (account.missingGroups !== undefined) return "policy_group_missing";
  if (!account.allowed) return "not_in_policy";
  if (reason === "locked" && !account.unlock) return "unlock_off";
  if (possibleFactors(attempt) >= requiredProofs(attempt)) return null;
  return account.held ? "number_held" : "too_few_methods";
}
