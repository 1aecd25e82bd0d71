/**
 * Registers the methods that need no message: authenticator app, questions and recovery codes. Also removes methods,
 * and confirms that all of them are up to date.
 */
import { Secret } from "../../shared/secret.ts";
import { answeredForms } from "../limits/requests.ts";
import { createAnswers, isLongEnough, normaliseAnswer } from "../methods/answers.ts";
import {
  newAuthenticatorSecret,
  openAuthenticatorSecret,
  sealAuthenticatorSecret,
  stepOf,
} from "../methods/authenticator.ts";
import { isQuestionId } from "../methods/question-texts.ts";
import { newRecoveryCodes, recoveryCodeDigest } from "../methods/recovery-codes.ts";
import { endingAt } from "../people/waiting-methods.ts";
import type { Registration } from "../store/registration-record.ts";
import { OTP_TRIES } from "../visits/otp.ts";
import type { SessionKey } from "../visits/visit.ts";
import type { CountTry, RegistrationDeps } from "./registration-deps.ts";
import type { RegistrationService } from "./registration-service.ts";
import {
  afterAction,
  type Registrable,
  type RegistrationProblem,
  type RegistrationSession,
  type SignedIn,
  type Task,
} from "./session.ts";
import { type SessionAccess, signedIn } from "./session-access.ts";
import type { ChangePermit, SessionChanges } from "./session-changes.ts";

const CODES_PURPOSE = "registration/recovery-codes";

/** Functions with a permit change methods; the caller has checked that the session may do so. */
type MethodsPart = Pick<
  RegistrationService,
  "setUpAuthenticator" | "makeRecoveryCodes" | "confirmAll" | "cancel"
> & {
  setQuestions(
    key: SessionKey,
    version: number,
    answers: Parameters<RegistrationService["setQuestions"]>[2],
    permit: ChangePermit,
  ): Promise<void>;
  keepRecoveryCodes(key: SessionKey, version: number, permit: ChangePermit): Promise<void>;
  remove(key: SessionKey, version: number, what: Registrable, permit: ChangePermit): Promise<void>;
  /** Checks a code of the authenticator app being set up. The caller has checked that a set-up is in progress. */
  enterAuthenticator(key: SessionKey, version: number, typed: string, permit: ChangePermit): Promise<void>;
  /** Opens the codes of the current task. */
  shownRecoveryCodes(session: RegistrationSession, sealed: string): Secret<readonly string[]>;
};

export function createMethodsPart(
  deps: RegistrationDeps,
  access: SessionAccess,
  changes: SessionChanges,
  countTry: CountTry,
): MethodsPart {
  const { portalKeys, registrations, limits, audit, clock } = deps;
  const answers = createAnswers({ portalKeys });

  const begin = (
    key: SessionKey,
    version: number,
    method: SignedIn["rules"]["methods"][number],
    taskFor: (state: SignedIn) => Task,
  ): Promise<RegistrationSession | null> =>
    access.act(key, version, (session, now) => {
      const state = signedIn(session);
      if (!state.allowed || !state.rules.methods.includes(method)) return session;
      return afterAction(session, now, { state: { ...state, task: taskFor(state) } });
    });

  const openCodes = (
    { tenantId, id }: Pick<RegistrationSession, "tenantId" | "id">,
    sealed: string,
  ): string[] => portalKeys.open(CODES_PURPOSE, [tenantId, id], sealed).toString("latin1").split(" ");

  return {
    async setUpAuthenticator(key, version) {
      await begin(key, version, "authenticator", ({ userId }) => ({
        kind: "authenticator",
        sealedSecret: sealAuthenticatorSecret(portalKeys, key.tenantId, userId, newAuthenticatorSecret()),
        triesLeft: OTP_TRIES,
      }));
    },
    async enterAuthenticator(key, version, typed, permit) {
      const adding = changes.begin("added", "authenticator", permit);
      const seen: { kept: Registration["authenticator"]; wrong: boolean } = { kept: null, wrong: false };
      const session = await access.act(key, version, (present, now) => {
        Object.assign(seen, { kept: null, wrong: false });
        const state = signedIn(present);
        const { task, userId } = state;
        if (task?.kind !== "authenticator") return present;
        const secret = openAuthenticatorSecret(portalKeys, key.tenantId, userId, task.sealedSecret);
        const step = stepOf(secret, typed, now);
        if (step !== null) {
          // Setting up the app uses up the code, so it cannot be used as a proof afterwards.
          seen.kept = { sealedSecret: task.sealedSecret, confirmedAt: now, lastStep: step };
          return afterAction(present, now, { state: adding.own({ ...state, task: null }) });
        }
        seen.wrong = true;
        const triesLeft = task.triesLeft - 1;
        return afterAction(present, now, {
          state: { ...state, task: triesLeft === 0 ? null : { ...task, triesLeft } },
          problem: { kind: triesLeft === 0 ? "too_many_tries" : "wrong_code" },
        });
      });
      if (session === null) return;
      const authenticator = seen.kept;
      if (authenticator !== null)
        await adding.store(session, (present, waiting) => ({
          ...present,
          authenticator: { ...authenticator, ...waiting },
        }));
      else if (seen.wrong) await countTry(session, 1);
    },
    async setQuestions(key, version, given, permit) {
      const adding = changes.begin("added", "questions", permit);
      const { rules, allowed } = signedIn(permit.session);
      if (!allowed || !rules.methods.includes("questions")) return;
      const problem = questionsProblem(given, rules.questions.register, permit.session.userName);
      // Hashes are slow on purpose. The form is used up first, so that the same one sent many times is hashed once.
      const session = await access.act(key, version, (latest, now) =>
        afterAction(latest, now, problem === null ? { state: adding.own(signedIn(latest)) } : { problem }),
      );
      if (session === null || problem !== null) return;
      if ((await limits.take(key.tenantId, [answeredForms(permit.person.id)])) !== null) {
        await access.update(key.tenantId, key.id, (latest) =>
          latest.screen === session.screen ? { ...latest, problem: { kind: "too_often" } } : null,
        );
        return;
      }
      const questions = await Promise.all(
        given.map(async ({ questionId, answer }) => ({
          questionId,
          answerHash: await answers.hash(questionId, answer),
        })),
      );
      await adding.store(session, (registration, waiting) => ({
        ...registration,
        questions: questions.map((question) => ({ ...question, addedAt: clock.now(), ...waiting })),
      }));
    },
    async makeRecoveryCodes(key, version) {
      await begin(key, version, "recovery_code", () => ({
        kind: "recovery_codes",
        sealed: portalKeys.seal(
          CODES_PURPOSE,
          [key.tenantId, key.id],
          Buffer.from(newRecoveryCodes().join(" "), "latin1"),
        ),
      }));
    },
    shownRecoveryCodes: (session, sealed) => new Secret(openCodes(session, sealed)),
    async keepRecoveryCodes(key, version, permit) {
      const adding = changes.begin("added", "recoveryCodes", permit);
      const seen: { codes: readonly string[] } = { codes: [] };
      const session = await access.act(key, version, (present, now) => {
        const state = signedIn(present);
        if (state.task?.kind !== "recovery_codes") return present;
        seen.codes = openCodes(present, state.task.sealed);
        return afterAction(present, now, { state: adding.own({ ...state, task: null }) });
      });
      if (session === null || seen.codes.length === 0) return;
      const { userId } = signedIn(session);
      const digests = seen.codes.map((code) => recoveryCodeDigest(portalKeys, key.tenantId, userId, code));
      const addedAt = clock.now();
      await adding.store(session, (present, waiting) => ({
        ...present,
        recoveryCodes: digests.map((digest) => ({ digest, usedAt: null, addedAt, ...waiting })),
      }));
    },
    async remove(key, version, what, permit) {
      const removing = changes.begin("removed", what, permit);
      const session = await access.act(key, version, (present, now) =>
        afterAction(present, now, { state: removing.own({ ...signedIn(present), task: null }) }),
      );
      if (session === null) return;
      await removing.store(session, (present, { countsFrom: endsAt }) =>
        endsAt === undefined ? without(present, what) : endingAt(present, what, endsAt, clock.now()),
      );
    },
    async confirmAll(key, version) {
      const session = await access.act(key, version, (present, now) =>
        afterAction(present, now, { state: { ...signedIn(present), task: null } }),
      );
      if (session === null) return;
      const { userId } = signedIn(session);
      const confirmedAt = clock.now();
      await registrations.update(key.tenantId, userId, (present) => ({ ...present, confirmedAt }));
      await changes.report(session, { kind: "reviewed", what: null });
      await audit.append({
        tenantId: key.tenantId,
        action: "registration.confirmed",
        actor: `registration:${key.id}`,
        subject: `user:${userId}`,
        outcome: "done",
        correlationId: key.id,
      });
    },
    async cancel(key, version) {
      await access.act(key, version, (session, now) => {
        const state = signedIn(session);
        // The password of whoever was given the first one is changed; only the new one shows who is there now.
        const isOver = state.mustChange && state.task?.kind === "changed";
        return afterAction(session, now, {
          goal: "register",
          state: isOver ? { name: "password" } : { ...state, task: null },
        });
      });
    },
  };
}

function questionsProblem(
  given: readonly { readonly questionId: string; readonly answer: string }[],
  needed: number,
  userName: string,
): RegistrationProblem | null {
  const ids = new Set(given.map(({ questionId }) => questionId));
  if (given.length !== needed || ![...ids].every(isQuestionId)) return { kind: "questions_incomplete" };
  if (ids.size !== given.length) return { kind: "questions_repeated" };
  if (!given.every(({ answer }) => isLongEnough(answer))) return { kind: "answer_too_short" };
  // The same answer to every question protects no better than one question, and the user name is no secret.
  const normal = new Set(given.map(({ answer }) => normaliseAnswer(answer)));
  if (normal.size !== given.length || normal.has(normaliseAnswer(userName))) return { kind: "answers_alike" };
  return null;
}

function without(present: Registration, what: Registrable): Registration {
  return what === "questions" || what === "recoveryCodes"
    ? { ...present, [what]: [] }
    : { ...present, [what]: null };
}
