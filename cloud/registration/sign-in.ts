/**
 * Signs in with the directory's password. Every name causes the same work, the answer comes at a fixed time after the form, and every
 * failure is shown with the same sentence: typing names reveals nothing.
 */
import { randomInt } from "node:crypto";
import { AppError, type ErrorCode, isAppError, toAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import { Secret } from "../../shared/secret.ts";
import { MAX_PASSWORD_UNITS } from "../../shared/writeback.ts";
import type { SignInDraft, SignInSubmission, SignInVerdict } from "../accounts/account-service.ts";
import type { Background } from "../background.ts";
import { type Network, networkOf } from "../limits/network.ts";
import {
  breakerNotices,
  failedName,
  type Failure,
  networkSignIns,
  registrationStarts,
  sprayCounts,
} from "../limits/requests.ts";
import type { NoticeReason } from "../notify/notifier.ts";
import type { KnownPerson } from "../people/people.ts";
import { createPersonNotices, MAIL_AFTER_MS } from "../people/person-notices.ts";
import { decidePolicy, policyGroups } from "../policy/decide.ts";
import { createCachedLookUp } from "../ttl-cache.ts";
import { newSecret, secretDigestOf } from "../visits/secret.ts";
import { type SessionKey, type Visitor } from "../visits/visit.ts";
import { beginChange, type ChangePasswordPart, problemOf } from "./change-password.ts";
import type { RegistrationDeps } from "./registration-deps.ts";
import type { PlainChange, SignInForm } from "./registration-service.ts";
import {
  afterAction,
  afterLook,
  ANSWER_STEP_MS,
  answerCheck,
  beginCheck,
  type CheckResult,
  type RegistrationProblem,
  type RegistrationSession,
} from "./session.ts";
import type { SessionAccess } from "./session-access.ts";

const SPRAY_TTL_MS = 1_000;

export interface SignInPart {
  begin(
    tenantId: string,
    userName: string,
    goal: "register" | "change",
    visitor: Visitor,
  ): Promise<SessionKey>;
  draft(key: SessionKey, suite?: Suite): Promise<SignInDraft>;
  signIn(key: SessionKey, version: number, form: SignInForm): Promise<SessionKey>;
  signInAndChange(key: SessionKey, version: number, form: PlainChange): Promise<SessionKey>;
  /** True while passwords for many names fail, from many networks. Cached for a second. */
  underAttack(tenantId: string): Promise<boolean>;
}

export function createSignInPart(
  deps: RegistrationDeps,
  access: SessionAccess,
  background: Background,
  changePart: Pick<ChangePasswordPart, "carryOut">,
): SignInPart {
  const { people, policy, accounts, limits, portalKeys, audit, clock } = deps;
  const notices = createPersonNotices(deps);

  /**
   * The secret changes whatever the result of the password check. The same form gives the same secret, so that the
   * second request of a double click does not lose the session. The old cookie without the form does not give the
   * secret.
   */
  const secretAfter = ({ id, secret }: SessionKey, form: SignInForm): Secret => {
    const content = form.kind === "plain" ? form.password.reveal() : JSON.stringify(form.sealed);
    const fields = [id, secret.reveal(), form.kind, content];
    return new Secret(toBase64url(portalKeys.digest("registration/next-secret", fields)));
  };

  async function check(session: RegistrationSession, form: SignInForm): Promise<CheckResult> {
    const { tenantId, id, userName } = session;
    const person = await people.find(tenantId, userName);
    const problem = (what: RegistrationProblem): CheckResult => ({ kind: "problem", problem: what });
    const network = networkOf(session.address, (await policy.get(tenantId)).policy.limits);
    const slow = await isSlow(tenantId, network);
    // Taken before the password is checked, so that many at once do not exceed the limit.
    if ((await limits.take(tenantId, [networkSignIns(network, slow, 1)])) !== null)
      return problem({ kind: "network_closed" });
    const giveBack = (count: number) => limits.take(tenantId, [networkSignIns(network, slow, -count)]);
    const submission: SignInSubmission = { ...form, userId: person.id };
    const verdict = await accounts.signIn(tenantId, submission).catch(async (error: unknown) => {
      await giveBack(1); // nothing was compared
      throw error;
    });
    if (verdict.ok && person.real) {
      await giveBack(1 + session.failures);
      return signedInAs(session, person, verdict.mustChange);
    }
    await countSpray(tenantId, { name: failedName(portalKeys, tenantId, userName), network });

    const reason = verdict.ok ? "not_found" : verdict.reason;
    await audit.append({
      tenantId,
      action: "registration.sign_in_failed",
      actor: `registration:${id}`,
      subject: person.real ? `user:${person.id}` : null,
      outcome: "refused",
      code: "SIGN_IN_REFUSED",
      correlationId: id,
      details: { reason },
    });
    const told = EMAILED_REASONS[reason];
    // The reason concerns the account, so it is emailed to its owner and not shown to a visitor who may be guessing.
    if (told !== undefined)
      background.run(
        "tell_owner",
        { sessionId: id },
        () => notices.impossible(session, person, "sign_in_impossible", told),
        randomInt(...MAIL_AFTER_MS),
      );
    return problem(reason === "too_many" ? { kind: "too_many_sign_ins" } : { kind: "sign_in_refused" });
  }

  const spraysOf = async (tenantId: string, failure: Failure | null) => {
    const [users, { policy: document }] = await Promise.all([
      deps.users.count(tenantId),
      policy.get(tenantId),
    ]);
    return limits.count(tenantId, sprayCounts({ rules: document.limits, users }, failure));
  };

  /** Counts names whose password was wrong, and their networks: one guess at each of many is an attack on all. */
  async function countSpray(tenantId: string, failure: Failure): Promise<void> {
    await spraysOf(tenantId, failure);
    const [many, , networks] = await spraysOf(tenantId, null);
    if (many?.refusal == null || networks?.refusal == null) return;
    if ((await limits.take(tenantId, [breakerNotices("passwords")])) !== null) return;
    await audit.append({
      tenantId,
      action: "sign_in.spray",
      actor: "system",
      subject: null,
      outcome: "refused",
      details: { users: many.count, networks: networks.count },
    });
  }

  const spray = createCachedLookUp({ ttlMs: SPRAY_TTL_MS, clock }, async (tenantId) => {
    const [many, veryMany, networks] = await spraysOf(tenantId, null);
    const areMany = networks?.refusal != null;
    return { isOn: areMany && many?.refusal != null, isHeavy: areMany && veryMany?.refusal != null };
  });

  /** True while the passwords of very many users fail, for networks where nobody has proved anything. */
  async function isSlow(tenantId: string, network: Network): Promise<boolean> {
    const [{ isHeavy }, known] = await Promise.all([
      spray.get(tenantId),
      limits.known(tenantId, "", network.name),
    ]);
    return isHeavy && !network.isOwn && !known.network;
  }

  async function signedInAs(
    session: RegistrationSession,
    person: KnownPerson,
    mustChange: boolean,
  ): Promise<CheckResult> {
    const { tenantId, id } = session;
    const record = (await policy.get(tenantId)).policy;
    const network = networkOf(session.address, record.limits);
    await Promise.all([
      limits.take(tenantId, [registrationStarts(network, -1)]),
      limits.remember(tenantId, person.id, network.name, "password"),
    ]);
    const view = await accounts.look(tenantId, person.id, policyGroups(record));
    const { allowed, name, privileged, rules, missingGroups } = decidePolicy(record, {
      ...view,
      source: person.user.source,
    });
    await audit.append({
      tenantId,
      action: "registration.signed_in",
      actor: `registration:${id}`,
      subject: `user:${person.id}`,
      outcome: "done",
      correlationId: id,
      details: {
        policy: name,
        privileged,
        mustChange,
        ...(missingGroups.length === 0 ? {} : { missingGroups: missingGroups.join("; ") }),
      },
    });
    return {
      kind: "signed_in",
      state: {
        name: "signed_in",
        userId: person.id,
        mustChange,
        allowed,
        policyName: name,
        privileged,
        rules,
        rule: view.rule,
        task: null,
        isProven: false,
        // As it was before the password was checked: a password that was right then may have been replaced since.
        epochs: person.epoch === null ? [] : [person.epoch],
      },
    };
  }

  /** `andChange`: the change to submit as soon as the visitor is signed in. It stays in this node's memory. */
  async function start(
    key: SessionKey,
    version: number,
    form: SignInForm,
    refusedAtOnce: RegistrationProblem | null,
    andChange: PlainChange | null,
  ): Promise<SessionKey> {
    const next: SessionKey = { ...key, secret: secretAfter(key, form) };
    let session: RegistrationSession | null;
    try {
      session = await access.act(key, version, (present, now) => {
        if (present.state.name !== "password") return present;
        if (refusedAtOnce !== null) return afterAction(present, now, { problem: refusedAtOnce });
        return beginCheck(present, now, secretDigestOf(next.secret));
      });
    } catch (error) {
      if (!isAppError(error, "SESSION_ENDED")) throw error;
      await access.look(next); // the same form came again, e.g. by a double click: it gets the same key
      await clock.sleep(ANSWER_STEP_MS);
      return next;
    }
    if (session?.state.name !== "checking" || session.secretDigest !== secretDigestOf(next.secret))
      return key;

    background.run("sign_in", { sessionId: key.id }, () => finish(session, form, andChange));
    await clock.sleep(ANSWER_STEP_MS);
    return next;
  }

  async function finish(
    session: RegistrationSession,
    form: SignInForm,
    andChange: PlainChange | null,
  ): Promise<void> {
    const { tenantId, id } = session;
    const result = await check(session, form).catch((error: unknown): CheckResult => {
      const known = toAppError(error);
      if (!EXPECTED.has(known.code))
        deps.log.error("registration.sign_in.failed", { sessionId: id, code: known.code, error: known });
      return { kind: "problem", problem: { kind: "unavailable", code: known.code } };
    });
    const changes = andChange !== null && result.kind === "signed_in";
    const task = changes ? beginChange(clock.now()) : null;
    const answered = await access.update(tenantId, id, (present, now) =>
      answerCheck(present, now, changes ? { ...result, state: { ...result.state, task } } : result),
    );
    if (changes && answered?.state.name === "checking")
      await changeAfter(answered, answered.state.answer?.at ?? 0, andChange);
  }

  /** Submits the change as soon as the visitor is signed in, unless they have moved on meanwhile. */
  async function changeAfter(
    { tenantId, id }: RegistrationSession,
    at: number,
    form: PlainChange,
  ): Promise<void> {
    await clock.sleep(Math.max(0, at - clock.now()));
    const session = await access.update(tenantId, id, (present, now) => afterLook(present, now) ?? present);
    const isBegun = session?.state.name === "signed_in" && session.state.task?.kind === "changing";
    if (isBegun) await changePart.carryOut(session, form, background.signal);
  }

  return {
    async begin(tenantId, userName, goal, { address, language }) {
      const { policy: present } = await policy.get(tenantId);
      const network = networkOf(address, present.limits);
      const refusal = await limits.take(tenantId, [registrationStarts(network)]);
      if (refusal !== null)
        throw new AppError("RATE_LIMITED", undefined, { details: { until: refusal.until } });
      if (present.scope === "none") throw new AppError("SELF_SERVICE_OFF");
      const now = clock.now();
      const key: SessionKey = { tenantId, id: newId(), secret: newSecret() };
      await access.begin({
        id: key.id,
        tenantId,
        revision: 0,
        secretDigest: secretDigestOf(key.secret),
        startedAt: now,
        usedAt: now,
        screen: 1,
        language,
        address,
        goal,
        userName,
        adminAsked: false,
        failures: 0,
        problem: null,
        done: null,
        state: { name: "password" },
      });
      return key;
    },
    async draft(key, suite) {
      const { tenantId, userName } = await access.look(key);
      const person = await people.find(tenantId, userName);
      return accounts.draftSignIn(tenantId, person.id, suite);
    },
    underAttack: async (tenantId) => (await spray.get(tenantId)).isOn,
    signIn: (key, version, form) => start(key, version, form, problemOfSignIn(form), null),
    signInAndChange: (key, version, form) =>
      start(key, version, { kind: "plain", password: form.oldPassword }, problemOf(form), form),
  };
}

/** Checks the form as far as that is possible here. */
function problemOfSignIn(form: SignInForm): RegistrationProblem | null {
  const typed = form.kind === "plain" ? form.password.reveal() : null;
  if (typed === "") return { kind: "password_empty" };
  return typed !== null && typed.length > MAX_PASSWORD_UNITS ? { kind: "password_too_long" } : null;
}

type FailureReason = Exclude<SignInVerdict, { ok: true }>["reason"];

const EMAILED_REASONS: Readonly<Partial<Record<FailureReason, NoticeReason>>> = {
  locked: "account_locked",
  disabled: "ACCOUNT_DISABLED",
  expired: "ACCOUNT_EXPIRED",
};

/** Failures that no operator needs to act on: the agent or the directory is unavailable, or the page was open for too long. */
const EXPECTED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "AGENT_OFFLINE",
  "TIMEOUT",
  "LINK_CLOSED",
  "WRITEBACK_DRAFT_INVALID",
  "NOT_SEALED_TO_AGENT",
  "SEAL_INVALID",
  "PASSWORD_TOO_LONG",
  "DIRECTORY_UNAVAILABLE",
  "DIRECTORY_BUSY",
  "DIRECTORY_TIMEOUT",
]);
