/**
 * Checks a typed code or typed answers. Counts the try before it compares, and stores the result only if no other
 * request has changed the attempt meanwhile.
 */
import type { Clock } from "../../shared/clock.ts";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import type { Logger } from "../../shared/logger.ts";
import { isSentMethod, type Method } from "../../shared/methods.ts";
import { readCode } from "../../shared/typed-text.ts";
import type { Audit, AuditEvent } from "../audit/audit.ts";
import type { Background } from "../background.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { createWrongTries } from "../limits/wrong-tries.ts";
import type { Proof } from "../methods/proof.ts";
import type { Proofs } from "../methods/proofs.ts";
import { readRecoveryCode } from "../methods/recovery-codes.ts";
import type { Person } from "../people/people.ts";
import { factorOf } from "../people/usable-methods.ts";
import { endedError } from "../store/person-epochs.ts";
import { otpDigest } from "../visits/otp.ts";
import { secretDigestOf } from "../visits/secret.ts";
import type { SessionKey } from "../visits/visit.ts";
import { blocked, guessedWrong, halfProved, hasLiveCode, proved, withProblem } from "./attempt-changes.ts";
import { requiredProofs } from "./attempt-step.ts";
import type { CountedTry, FailedCodes, Try, TryRefusal } from "./failed-codes.ts";
import type { Identified, LookUp } from "./look-up.ts";
import type { ResetNotices } from "./notices.ts";
import { type Form, type Sessions } from "./sessions.ts";

export interface Proving {
  /** `typed`: the code, or the answers by question id. `work`: how much proof of work came with it. */
  prove(
    key: SessionKey,
    form: Form,
    typed: string | Readonly<Record<string, string>>,
    work: number,
  ): Promise<SessionKey>;
}

/** Stands in for the digest when there is no challenge. No code has this digest. */
const NO_DIGEST = "-".repeat(43);

export function createProving(deps: {
  readonly sessions: Sessions;
  readonly lookUp: LookUp;
  readonly failedCodes: FailedCodes;
  readonly proofs: Proofs;
  readonly notices: Pick<ResetNotices, "blocked">;
  readonly portalKeys: PortalKeys;
  readonly audit: Audit;
  readonly background: Background;
  /** Called once per proof, to give back what the visit took of others. */
  readonly onProven: (attempt: Identified) => Promise<void>;
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
  readonly log: Logger;
}): Proving {
  const { sessions, lookUp, failedCodes, proofs, portalKeys, background, clock, log } = deps;
  const wrongTries = createWrongTries({ clock, log });

  const note = (attempt: Identified, event: Pick<AuditEvent, "action" | "outcome" | "details">): void => {
    const { tenantId, id, person } = attempt;
    const subject = person.real ? `user:${person.id}` : null;
    background.run("audit", { tenantId, attemptId: id }, () =>
      deps.audit.append({ tenantId, actor: `attempt:${id}`, subject, correlationId: id, ...event }),
    );
  };

  const tryOf = ({ tenantId, person, userName, address, chosen }: Identified): Try => ({
    tenantId,
    person,
    userName,
    address,
    challengeId: chosen?.challenge?.id ?? null,
  });

  /** Answers a try that may not be made. Only the request that closes the attempt reports it. */
  async function turnAway(
    key: SessionKey,
    form: Form,
    attempt: Identified,
    { kind, until }: TryRefusal,
  ): Promise<SessionKey> {
    if (kind === "person") {
      const acted = await sessions.act(key, form, (present) => blocked(present, until));
      if (acted.kind === "done") tellBlocked(attempt, until);
      return acted.key;
    }
    const problem = { kind: kind === "code" ? "code_expired" : "network_closed" } as const;
    return (await sessions.act(key, form, (present) => withProblem(present, problem))).key;
  }

  function tellBlocked(attempt: Identified, until: number): void {
    const { tenantId, id } = attempt;
    note(attempt, { action: "attempt.blocked", outcome: "refused" });
    background.run("blocked", { tenantId, attemptId: id }, async () => {
      const person = await lookUp.currentPerson(attempt);
      if (person !== null) await deps.notices.blocked(attempt, person, until);
    });
  }

  /**
   * Compares what was typed. Does the same work for made-up people, and for methods that the policy does not allow this
   * person.
   */
  async function isRight(
    attempt: Identified,
    method: Method,
    person: Person | null,
    typed: string | Readonly<Record<string, string>>,
  ): Promise<boolean> {
    const { tenantId, chosen, id } = attempt;
    if (typeof typed !== "string")
      return method === "questions" && person !== null && proofs.questions(person.registration, typed);
    if (isSentMethod(method)) {
      const challenge = chosen?.challenge;
      const digest = otpDigest(
        portalKeys,
        { portal: "reset", visitId: id, challengeId: challenge?.id ?? "" },
        readCode(typed) ?? "",
      );
      return isEqualInConstantTime(digest, challenge?.digest ?? NO_DIGEST);
    }
    if (person === null) return false;
    const { id: userId, registration } = person;
    if (method === "authenticator") return proofs.authenticator(tenantId, userId, registration, typed);
    return method === "recovery_code" && proofs.recoveryCode(tenantId, userId, registration, typed);
  }

  /** Tells whether the form contains a guess. An empty or malformed one does not, and costs no try. */
  function isGuess(method: Method, typed: string | Readonly<Record<string, string>>): boolean {
    if (typeof typed !== "string") return Object.values(typed).some((answer) => answer.trim() !== "");
    return (method === "recovery_code" ? readRecoveryCode(typed) : readCode(typed)) !== null;
  }

  async function accept(
    key: SessionKey,
    form: Form,
    attempt: Identified,
    counted: CountedTry,
    proof: Proof,
  ): Promise<SessionKey> {
    const next = sessions.rotated(key, form);
    const { tenantId, id, person } = attempt;
    // The code may have been sent before the person's visits were ended, e.g. to a number that has been removed since.
    const epoch = (await lookUp.currentPerson(attempt))?.epoch ?? null;
    if (epoch !== null && epoch !== person.epoch) throw endedError(epoch);
    // An account that no agent can examine now is examined by the next screen.
    const [examined, strict] = await Promise.all([
      lookUp.examineIfPossible(attempt),
      failedCodes.underAttack(tenantId),
    ]);
    const account = examined?.account ?? null;
    const secretDigest = secretDigestOf(next.secret);
    const proven = { proof, now: clock.now(), account, strict, secretDigest };
    // What is required of an account that nobody has examined is not known, so it counts as the only proof.
    const after = proved(attempt, proven);
    const isAlone =
      proof.method === "authenticator" && (after.account === null || requiredProofs(after) === 1);
    if (isAlone && attempt.proofs.length === 0 && !attempt.halfProven) {
      await failedCodes.refund(counted);
      return (await sessions.act(key, form, (present) => halfProved(present, proven))).key;
    }
    const acted = await sessions.act(key, form, (present) => proved(present, proven));
    if (acted.kind !== "done") return acted.key;
    wrongTries.delete(tenantId, person.id);
    background.run("give_back", { tenantId, attemptId: id }, async () => {
      await failedCodes.right(counted, attempt.failures);
      await deps.onProven(attempt);
    });
    note(attempt, { action: "attempt.proven", outcome: "done", details: { method: proof.method } });
    return next;
  }

  async function refuse(
    key: SessionKey,
    form: Form,
    attempt: Identified,
    counted: CountedTry,
    method: Method,
  ): Promise<SessionKey> {
    const { tenantId, id } = attempt;
    const { blockedUntil, work } = await failedCodes.failed(counted);
    const acted = await sessions.act(key, form, (present) =>
      blockedUntil === null
        ? guessedWrong(present, work)
        : blocked(guessedWrong(present, work), blockedUntil),
    );
    // This is the second request of a double click. Its code was correct, but the first request has used it up.
    if (acted.kind === "repeated") {
      await failedCodes.refund(counted);
      return acted.key;
    }
    wrongTries.count(tenantId, attempt.person.id, 1);
    note(attempt, { action: "attempt.failed", outcome: "refused", details: { method } });
    if (blockedUntil === null) return acted.key;
    const closes =
      acted.kind === "done" ||
      (await sessions.amend(tenantId, id, (present) =>
        present.blockedUntil === null ? blocked(present, blockedUntil) : null,
      )) !== null;
    if (closes) tellBlocked(attempt, blockedUntil);
    return acted.key;
  }

  return {
    async prove(key, form, typed, work) {
      const checked = await sessions.checkForm(key, form);
      if (checked.kind !== "done") return checked.key;
      const method = checked.attempt.chosen?.method;
      if (method === undefined) return key;
      const wrong = method === "questions" ? "wrong_answers" : "wrong_code";
      if (!hasLiveCode(checked.attempt, clock.now()))
        return (await sessions.act(key, form, (a) => withProblem(a, { kind: "code_expired" }))).key;
      if (!isGuess(method, typed))
        return (await sessions.act(key, form, (a) => withProblem(a, { kind: wrong }))).key;

      const attempt = await lookUp.identifyPerson(checked.attempt);
      const needed = (await failedCodes.standing(attempt)).work;
      if (work < needed)
        return (
          await sessions.act(key, form, (present) =>
            withProblem({ ...present, work: needed }, { kind: "work_needed" }),
          )
        ).key;
      const until = wrongTries.refusedUntil(attempt.tenantId, attempt.person.id);
      if (until !== null) return turnAway(key, form, attempt, { kind: "person", until });
      const { counted, refusal } = await failedCodes.charge(tryOf(attempt));
      if (refusal !== null) return turnAway(key, form, attempt, refusal);
      const person = isSentMethod(method) ? null : await lookUp.currentPersonUniform(attempt);
      // Answers to questions that were not asked are wrong.
      const asked =
        typeof typed === "string" || isExactly(Object.keys(typed), attempt.account?.questionIds ?? []);
      const right = (await isRight(attempt, method, person, typed)) && asked;
      if (!right) return refuse(key, form, attempt, counted, method);
      return accept(key, form, attempt, counted, {
        method,
        factor: await factor(attempt, method, person),
      });
    },
  };

  async function factor(attempt: Identified, method: Method, person: Person | null): Promise<string> {
    const usable = attempt.account?.usable.find((other) => other.method === method);
    if (usable !== undefined) return usable.factor;
    const found = person ?? (await lookUp.currentPerson(attempt));
    return found === null ? method : factorOf(found, method);
  }
}

const isExactly = (given: readonly string[], asked: readonly string[]): boolean =>
  given.length === asked.length && asked.every((id) => given.includes(id));
