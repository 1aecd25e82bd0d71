/** Assembles the registration portal's service from the parts in this folder. */
import { isAppError } from "../../shared/errors.ts";
import type { Channel } from "../../shared/methods.ts";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import { Secret } from "../../shared/secret.ts";
import { readCode } from "../../shared/typed-text.ts";
import { createBackground } from "../background.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { registrationCodeTries } from "../limits/requests.ts";
import { createWrongTries } from "../limits/wrong-tries.ts";
import { authenticatorLink, openAuthenticatorSecret } from "../methods/authenticator.ts";
import { maskAddress, maskNumber } from "../methods/mask.ts";
import { readRecoveryCode } from "../methods/recovery-codes.ts";
import { createContactRequests } from "../people/contact-requests.ts";
import { passwordWords } from "../people/password-words.ts";
import { contactOf, type SessionKey } from "../visits/visit.ts";
import { createChangePasswordPart } from "./change-password.ts";
import { createCodesPart, typedRegion } from "./codes.ts";
import { createMethodsPart } from "./methods.ts";
import { makeOverview, syncedValue } from "./overview.ts";
import type { CountTry, RegistrationDeps } from "./registration-deps.ts";
import type { RegistrationScreen, RegistrationService, SignedInView } from "./registration-service.ts";
import {
  type Addressed,
  afterAction,
  ANSWER_STEP_MS,
  type Registrable,
  type RegistrationSession,
  type SignedIn,
} from "./session.ts";
import { createSessionAccess, signedIn } from "./session-access.ts";
import { type ChangePermit, createSessionChanges, type OpenSession } from "./session-changes.ts";
import { createSignInPart } from "./sign-in.ts";
import { createStepUpPart } from "./step-up.ts";

/**
 * Number of times per answer step that a waiting request reads the session, once the directory takes longer than the
 * first step.
 */
const LOOKS_PER_STEP = 4;

/** Adds `underAttack`: the captcha gets harder while it is true. */
export interface RegistrationServiceHandle extends RegistrationService {
  underAttack(tenantId: string): Promise<boolean>;
}

export function createRegistrationService(deps: RegistrationDeps): RegistrationServiceHandle {
  const { policy, notifier, limits, portalKeys, clock, log } = deps;
  const access = createSessionAccess(deps);
  const background = createBackground({ clock, log: log.child({ room: "registration" }) });
  const changes = createSessionChanges(deps, access);

  const wrongTries = createWrongTries({ clock, log });
  const countTry: CountTry = async (session, amount) => {
    const { tenantId } = session;
    const { userId } = signedIn(session);
    if (amount > 0 && wrongTries.refusedUntil(tenantId, userId) !== null) return false;
    wrongTries.count(tenantId, userId, amount);
    return (await limits.take(tenantId, [registrationCodeTries(userId, amount)])) === null;
  };
  const codes = createCodesPart(deps, access, changes, background, countTry);
  const methods = createMethodsPart(deps, access, changes, countTry);
  const stepUp = createStepUpPart(deps, access, changes, codes, countTry);
  const password = createChangePasswordPart(deps, access, changes, background);
  const signIn = createSignInPart(deps, access, background, password);
  const contactRequests = createContactRequests(deps);

  async function viewOf(session: RegistrationSession, state: SignedIn): Promise<SignedInView> {
    const [person, { policy: present }] = await Promise.all([
      changes.person(session),
      policy.get(session.tenantId),
    ]);
    return {
      displayName: person.user.displayName,
      contact: contactOf(present),
      mustChange: state.mustChange,
      allowed: state.allowed,
      rules: state.rules,
      rule: state.rule,
      proofs: stepUp.options(state, person),
      newWaitsHours: stepUp.newWaitsHours(state, person),
      phoneRegion: typedRegion(person, present.phoneRegion),
      overview: makeOverview({
        person,
        rules: state.rules,
        channels: notifier.channels,
        now: clock.now(),
      }),
      names: passwordWords(person.user),
    };
  }

  async function ask(session: RegistrationSession, message: string): Promise<void> {
    const { tenantId, id, userName, state } = session;
    const isProven = state.name === "signed_in";
    await deps.audit.append({
      tenantId,
      action: "registration.admin_asked",
      actor: `registration:${id}`,
      subject: isProven ? `user:${state.userId}` : null,
      outcome: "done",
      correlationId: id,
      details: {},
    });
    await contactRequests.send({ tenantId, id, userName, message, isProven, reason: null });
  }

  async function taskScreen(
    session: RegistrationSession,
    { task, userId, mustChange }: SignedIn,
  ): Promise<TaskScreen | null> {
    switch (task?.kind) {
      case undefined:
        return null;
      case "code": {
        const { what, channel, expiresAt, resendAt, sendsLeft } = task;
        const address = what === "email" ? maskAddress(task.address) : maskNumber(task.address);
        const isProof = task.purpose === "prove";
        return { step: "code", isProof, what, channel, address, expiresAt, resendAt, sendsLeft };
      }
      case "prove":
        return { step: "prove", method: task.method };
      case "authenticator": {
        const { tenantId, userName } = session;
        const secret = openAuthenticatorSecret(portalKeys, tenantId, userId, task.sealedSecret);
        const link = { issuer: await deps.tenantName(tenantId), account: userName };
        return { step: "authenticator", ...authenticatorLink(secret, link) };
      }
      case "recovery_codes":
        return { step: "recovery_codes", codes: methods.shownRecoveryCodes(session, task.sealed) };
      case "changing":
        return { step: "changing", since: task.since };
      case "changed":
        return { step: "changed", verdict: task.verdict, signInAgain: mustChange };
      case "unclear":
        return { step: "unclear" };
    }
  }

  async function screen(key: SessionKey): Promise<RegistrationScreen> {
    const session = await password.settle(await access.look(key));
    const { problem, done, language, goal, userName, tenantId, state } = session;
    const common = { problem, done, language, goal, userName, tenantId };
    const base = { ...common, version: session.screen, sessionId: session.id };
    if (state.name !== "signed_in") return { ...base, step: state.name };
    const task = await taskScreen(session, state);
    return task === null
      ? { ...base, step: "overview", ...(await viewOf(session, state)) }
      : { ...base, ...task };
  }

  async function read(key: SessionKey): Promise<OpenSession> {
    const session = await access.look(key);
    return { session, person: await changes.person(session) };
  }

  /** Changes methods if the session may. Otherwise the next screen says what is missing. */
  async function changing(
    key: SessionKey,
    version: number,
    replaces: Registrable | null,
    change: (permit: ChangePermit) => Promise<void>,
  ): Promise<void> {
    const permit = await stepUp.permit(key, version, await read(key), replaces);
    if (permit !== null) await change(permit);
  }

  async function confirmSynced(
    key: SessionKey,
    version: number,
    what: Addressed,
    channel: Channel,
  ): Promise<void> {
    const open = await read(key);
    const [state, address] = [signedIn(open.session), syncedValue(open.person, what)];
    const proves =
      state.mustChange || address === null ? null : stepUp.provenBy(state, open.person, what, address);
    if (proves !== null || (await stepUp.permit(key, version, open, null)) !== null)
      await codes.confirmSynced(key, version, open, what, channel, proves);
  }

  /** Returns the key to continue with: a new one after a proof. */
  async function enterCode(key: SessionKey, version: number, typed: string): Promise<SessionKey> {
    const next = keyAfterProof(portalKeys, key, version, typed);
    try {
      const open = await read(key);
      const { task } = signedIn(open.session);
      const isRecoveryCode = task?.kind === "prove" && task.method === "recovery_code";
      if ((isRecoveryCode ? readRecoveryCode(typed) : readCode(typed)) === null) {
        // A text without a code is no guess, and costs no try. An expired code is answered as such.
        if (task?.kind !== "code" || clock.now() < task.expiresAt) {
          await access.act(key, version, (present, now) =>
            afterAction(present, now, { problem: { kind: "wrong_code" } }),
          );
          return key;
        }
      }
      if (task?.kind === "prove") return (await stepUp.enter(key, next, version, typed)) ? next : key;
      const isProof = task?.kind === "code" && task.proves !== null;
      const permit = isProof
        ? { ...open, ...PROVEN }
        : await stepUp.permit(key, version, open, replacedBy(task));
      if (permit === null) return key;
      if (task?.kind === "authenticator") {
        await methods.enterAuthenticator(key, version, typed, permit);
        return key;
      }
      return (await codes.enter(key, next, version, typed, permit)) ? next : key;
    } catch (error) {
      if (!isAppError(error, "SESSION_ENDED")) throw error;
      // The same form came again, e.g. by a double click: it gets the same key.
      await access.look(next).catch(() => {
        throw error;
      });
      return next;
    }
  }

  return {
    underAttack: (tenantId) => signIn.underAttack(tenantId),
    begin: (tenantId, userName, goal, visitor) => signIn.begin(tenantId, userName, goal, visitor),
    screen,
    draftSignIn: (key, suite) => signIn.draft(key, suite),
    signIn: (key, version, form) => signIn.signIn(key, version, form),
    signInAndChange: (key, version, form) => signIn.signInAndChange(key, version, form),
    async afterSignIn(key, signal) {
      for (;;) {
        const present = await screen(key);
        if (present.step !== "checking" || signal.aborted) return present;
        await clock.sleep(ANSWER_STEP_MS / LOOKS_PER_STEP, signal);
      }
    },
    async askAdministrator(key, message) {
      const { adminAsked, tenantId, address } = await access.look(key);
      if (adminAsked) return;
      await contactRequests.take(tenantId, address);
      const asked = await access.update(tenantId, key.id, (present) =>
        present.adminAsked ? null : { ...present, adminAsked: true },
      );
      if (asked !== null) background.run("ask", { sessionId: key.id }, () => ask(asked, message));
    },

    beginProof: (key, version, method) => stepUp.begin(key, version, method),
    add: (key, version, what, typed, channel) =>
      changing(key, version, what, (permit) => codes.add(key, version, permit, what, typed, channel)),
    confirmSynced,
    resend: (key, version) => codes.resend(key, version),
    enterCode,
    setUpAuthenticator: (key, version) =>
      changing(key, version, "authenticator", () => methods.setUpAuthenticator(key, version)),
    setQuestions: (key, version, answers) =>
      changing(key, version, "questions", (permit) => methods.setQuestions(key, version, answers, permit)),
    makeRecoveryCodes: (key, version) =>
      changing(key, version, "recoveryCodes", () => methods.makeRecoveryCodes(key, version)),
    keepRecoveryCodes: (key, version) =>
      changing(key, version, "recoveryCodes", (permit) => methods.keepRecoveryCodes(key, version, permit)),
    remove: (key, version, what) =>
      changing(key, version, null, (permit) => methods.remove(key, version, what, permit)),
    async confirmAll(key, version) {
      const open = await read(key);
      if (signedIn(open.session).mustChange) await stepUp.permit(key, version, open, null);
      else await methods.confirmAll(key, version);
    },
    cancel: (key, version) => methods.cancel(key, version),

    draftChange: (key, suite) => password.draft(key, suite),
    changePassword: (key, version, form, signal) => password.change(key, version, form, signal),

    end: (key) => access.end(key),
    close: () => background.close(),
  };
}

/** What the unfinished task adds; null when it adds nothing that could replace something. */
function replacedBy(task: SignedIn["task"]): Registrable | null {
  if (task?.kind === "authenticator") return "authenticator";
  return task?.kind === "code" && !task.isSynced ? task.what : null;
}

const PROVEN = { isProven: true, holdHours: 0 };

/** The same form gives the same secret, so that the second request of a double click does not lose the session. */
const keyAfterProof = (
  portalKeys: Pick<PortalKeys, "digest">,
  key: SessionKey,
  version: number,
  typed: string,
): SessionKey => {
  const fields = [key.id, key.secret.reveal(), "proof", version, typed];
  return { ...key, secret: new Secret(toBase64url(portalKeys.digest("registration/next-secret", fields))) };
};

type ScreenBase =
  "version" | "problem" | "done" | "language" | "tenantId" | "sessionId" | "goal" | "userName";
type StripBase<S> = S extends unknown ? Omit<S, ScreenBase> : never;
/** The screens of unfinished tasks. */
type TaskScreen = StripBase<Exclude<RegistrationScreen, { step: "password" | "checking" | "overview" }>>;
