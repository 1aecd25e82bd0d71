/**
 * Proves more than the password before methods are changed. A thief who knows the password could otherwise replace every method of
 * the person, and keep the account when its owner resets the password. A person with a usable method proves one of them once
 * per session. A person without one proves nothing more: what they add waits before it counts, what they remove waits before it
 * is gone, and nothing on file is replaced (people/waiting-methods.ts).
 */
import { AppError } from "../../shared/errors.ts";
import { isSentMethod, type Method, type SentMethod } from "../../shared/methods.ts";
import { maskAddress, maskNumber } from "../methods/mask.ts";
import type { KnownPerson } from "../people/people.ts";
import { channelOf, destinationOf, usableMethods } from "../people/usable-methods.ts";
import { isOnFile } from "../people/waiting-methods.ts";
import { OTP_TRIES } from "../visits/otp.ts";
import { secretDigestOf } from "../visits/secret.ts";
import type { SessionKey } from "../visits/visit.ts";
import type { CodesPart, Destination } from "./codes.ts";
import type { CountTry, RegistrationDeps } from "./registration-deps.ts";
import {
  type Addressed,
  afterAction,
  type Registrable,
  type RegistrationSession,
  type SignedIn,
} from "./session.ts";
import { type SessionAccess, signedIn } from "./session-access.ts";
import type { ChangePermit, OpenSession, SessionChanges } from "./session-changes.ts";

export type ProofMethod = Exclude<Method, "questions">;
export interface ProofOption {
  readonly method: ProofMethod;
  /** The number or address, masked; null for methods that send nothing. */
  readonly shown: string | null;
}

type Refusal = "must_change" | "proof_needed" | "replace_waits";

export interface StepUpPart {
  /**
   * Returns null, with the reason on the next screen, when the session may not change methods now. `replaces`: what the change
   * would replace if it is on file; null when it replaces nothing.
   */
  permit(
    key: SessionKey,
    version: number,
    open: OpenSession,
    replaces: Registrable | null,
  ): Promise<ChangePermit | null>;
  /** Methods that the person has to prove one of before a change; empty when no proof is needed. */
  options(state: SignedIn, person: KnownPerson): ProofOption[];
  /** Hours that a method waits if it is added now; 0 when it counts at once, or when a proof is needed first. */
  newWaitsHours(state: SignedIn, person: KnownPerson): number;
  /** The usable method that a code to the directory's own value proves; null when it proves none. */
  provenBy(state: SignedIn, person: KnownPerson, what: Addressed, address: string): SentMethod | null;
  /** Asks for a proof by this method, and sends a code where it needs one. */
  begin(key: SessionKey, version: number, method: Method): Promise<void>;
  /** Checks a code of the app, or a recovery code. The caller has checked that one is asked for. Returns whether it was right. */
  enter(key: SessionKey, next: SessionKey, version: number, typed: string): Promise<boolean>;
}

export function createStepUpPart(
  deps: Pick<RegistrationDeps, "notifier" | "proofs" | "audit" | "clock">,
  access: SessionAccess,
  changes: SessionChanges,
  codes: Pick<CodesPart, "send">,
  countTry: CountTry,
): StepUpPart {
  const { notifier, proofs, audit, clock } = deps;

  /** Questions are never the first proof beyond the password: their answers can be found out. */
  const usable = ({ rules }: SignedIn, person: KnownPerson): ProofMethod[] =>
    usableMethods(person, rules, notifier.channels, clock.now()).usable.flatMap(({ method }) =>
      method === "questions" ? [] : [method],
    );

  const decide = (
    state: SignedIn,
    person: KnownPerson,
  ): Pick<ChangePermit, "isProven" | "holdHours"> | Refusal => {
    if (state.mustChange) return "must_change";
    if (state.isProven) return { isProven: true, holdHours: 0 };
    return usable(state, person).length > 0
      ? "proof_needed"
      : { isProven: false, holdHours: state.rules.number.holdHours };
  };

  const refuse = async (key: SessionKey, version: number, kind: Refusal): Promise<void> => {
    await access.act(key, version, (session, now) => afterAction(session, now, { problem: { kind } }));
  };

  const note = (session: RegistrationSession, method: ProofMethod, isRight: boolean): Promise<void> =>
    audit.append({
      tenantId: session.tenantId,
      action: isRight ? "registration.proven" : "registration.proof_failed",
      actor: `registration:${session.id}`,
      subject: `user:${signedIn(session).userId}`,
      outcome: isRight ? "done" : "refused",
      correlationId: session.id,
      details: { method },
    });

  return {
    async permit(key, version, { session, person }, replaces) {
      const right = decide(signedIn(session), person);
      const isReplaced = replaces !== null && isOnFile(person.onFile, replaces);
      if (typeof right !== "string" && (right.holdHours === 0 || !isReplaced))
        return { session, person, ...right };
      await refuse(key, version, typeof right === "string" ? right : "replace_waits");
      return null;
    },
    options: (state, person) =>
      decide(state, person) !== "proof_needed"
        ? []
        : usable(state, person).map((method) => {
            const destination = destinationOf(person, method);
            return { method, shown: destination?.to == null ? null : masked(method, destination.to) };
          }),
    newWaitsHours(state, person) {
      const right = decide(state, person);
      return typeof right === "string" ? 0 : right.holdHours;
    },
    provenBy: (state, person, what, address) =>
      usable(state, person)
        .filter((method): method is SentMethod & ProofMethod => isSentMethod(method))
        .find((method) => WHAT[method] === what && destinationOf(person, method)?.to === address) ?? null,
    async begin(key, version, method) {
      const session = await access.look(key);
      const state = signedIn(session);
      const person = await changes.person(session);
      const option = usable(state, person).find((each) => each === method);
      if (state.mustChange) return refuse(key, version, "must_change");
      if (option === undefined) return refuse(key, version, "proof_needed");
      if (isSentMethod(option)) {
        const address = destinationOf(person, option)?.to;
        if (address == null) return refuse(key, version, "proof_needed");
        const to: Destination = {
          purpose: "prove",
          proves: option,
          what: WHAT[option],
          isSynced: false,
          address,
          channel: channelOf(option),
        };
        return codes.send(key, version, to);
      }
      await access.act(key, version, (present, now) =>
        afterAction(present, now, {
          state: { ...signedIn(present), task: { kind: "prove", method: option, triesLeft: OTP_TRIES } },
        }),
      );
    },
    async enter(key, next, version, typed) {
      // The try is taken before the code is compared. The form is of the present screen, so tries cannot be made at once.
      const session = await access.act(key, version, (present, now) => {
        const state = signedIn(present);
        if (state.task?.kind !== "prove") return present;
        const triesLeft = state.task.triesLeft - 1;
        if (triesLeft < 0)
          return afterAction(present, now, {
            problem: { kind: "too_many_tries" },
            state: { ...state, task: null },
          });
        return afterAction(present, now, { state: { ...state, task: { ...state.task, triesLeft } } });
      });
      const task = session?.state.name === "signed_in" ? session.state.task : null;
      if (session === null || task?.kind !== "prove") return false;
      const { tenantId, id } = key;
      const { method } = task;
      const { userId } = signedIn(session);
      const { registration } = await changes.person(session);
      const mayTry = await countTry(session, 1);
      const isRight =
        mayTry &&
        (method === "authenticator"
          ? await proofs.authenticator(tenantId, userId, registration, typed)
          : await proofs.recoveryCode(tenantId, userId, registration, typed));
      const isOver = !mayTry || task.triesLeft === 0;
      const after = await access.update(tenantId, id, (present) => {
        if (present.state.name !== "signed_in" || present.screen !== session.screen) return null;
        const { state } = present;
        if (isRight)
          return {
            ...present,
            secretDigest: secretDigestOf(next.secret),
            done: { kind: "proven", what: null },
            state: { ...state, task: null, isProven: true },
          };
        return {
          ...present,
          problem: { kind: isOver ? "too_many_tries" : "wrong_code" },
          state: isOver ? { ...state, task: null } : state,
        };
      });
      if (isRight) await countTry(session, -1);
      await note(session, method, isRight);
      if (isRight && after === null) throw new AppError("SESSION_ENDED");
      return isRight;
    },
  };
}

const WHAT: Readonly<Record<SentMethod, Addressed>> = {
  text: "mobile",
  call: "mobile",
  office_call: "officePhone",
  email: "email",
};

const masked = (method: Method, to: string): string =>
  method === "email" ? maskAddress(to) : maskNumber(to);
