/** Confirms numbers and addresses by one-time codes. */
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { newId } from "../../shared/ids.ts";
import { readAddress } from "../../shared/mail-address.ts";
import type { Channel, SentMethod } from "../../shared/methods.ts";
import { parsePhone, type PhoneRegion } from "../../shared/phone.ts";
import type { Secret } from "../../shared/secret.ts";
import { readCode } from "../../shared/typed-text.ts";
import { nameKey } from "../../shared/user-names.ts";
import type { Background } from "../background.ts";
import { networkOf } from "../limits/network.ts";
import { codeSends, sharedCounters } from "../limits/requests.ts";
import type { Person } from "../people/people.ts";
import type { Registration, Waiting } from "../store/registration-record.ts";
import {
  makeOtp,
  OTP_LIFE_MS,
  OTP_RESEND_AFTER_MS,
  OTP_SENDS,
  OTP_TRIES,
  otpDigest,
  otpLength,
} from "../visits/otp.ts";
import { secretDigestOf } from "../visits/secret.ts";
import type { SessionKey } from "../visits/visit.ts";
import { channelsFor, syncedField, syncedValue } from "./overview.ts";
import type { CountTry, RegistrationDeps } from "./registration-deps.ts";
import {
  type Addressed,
  afterAction,
  type CodeTask,
  type RegistrationProblem,
  type RegistrationSession,
  type Task,
  withProblem,
} from "./session.ts";
import { type SessionAccess, signedIn } from "./session-access.ts";
import type { ChangePermit, OpenSession, SessionChange, SessionChanges } from "./session-changes.ts";

/** Shorter than a code that is the only proof, because the password was the first proof. */
const DIGITS = otpLength(2);

export interface CodesPart {
  add(
    key: SessionKey,
    version: number,
    open: OpenSession,
    what: Addressed,
    typed: string,
    channel: Channel,
  ): Promise<void>;
  /** `proves`: the method whose destination the value is and that counts already. */
  confirmSynced(
    key: SessionKey,
    version: number,
    open: OpenSession,
    what: Addressed,
    channel: Channel,
    proves: SentMethod | null,
  ): Promise<void>;
  /** Sends the first code to a destination. */
  send(key: SessionKey, version: number, to: Destination): Promise<void>;
  resend(key: SessionKey, version: number): Promise<void>;
  /**
   * Checks the code of the current task. The caller has checked that the task is a code, and what the session may do with it.
   * `next`: the key after a proof. Returns whether it proved something.
   */
  enter(
    key: SessionKey,
    next: SessionKey,
    version: number,
    typed: string,
    permit: ChangePermit,
  ): Promise<boolean>;
}

export interface Destination extends Pick<CodeTask, "purpose" | "proves"> {
  readonly what: Addressed;
  readonly isSynced: boolean;
  readonly address: string;
  readonly channel: Channel;
}

export function createCodesPart(
  deps: RegistrationDeps,
  access: SessionAccess,
  changes: SessionChanges,
  background: Background,
  countTry: CountTry,
): CodesPart {
  const { users, policy, notifier, limits, portalKeys, audit, clock } = deps;

  const digestOf = (visitId: string, challengeId: string, otp: string): string =>
    otpDigest(portalKeys, { portal: "registration", visitId, challengeId }, otp);

  const refuse = async (key: SessionKey, version: number, problem: RegistrationProblem): Promise<void> => {
    await access.act(key, version, (session, now) => afterAction(session, now, { problem }));
  };

  /** Stores the task before it sends, so that a double click sends once. `sendsLeft`: after this code. */
  async function sendCode(
    key: SessionKey,
    version: number,
    to: Destination,
    sendsLeft: number,
  ): Promise<void> {
    const otp = makeOtp(DIGITS);
    const challengeId = newId();
    const now = clock.now();
    const task: CodeTask = {
      kind: "code",
      ...to,
      challengeId,
      digest: digestOf(key.id, challengeId, otp.reveal()),
      expiresAt: now + OTP_LIFE_MS,
      resendAt: now + OTP_RESEND_AFTER_MS,
      triesLeft: OTP_TRIES,
      sendsLeft,
    };
    const session = await access.act(key, version, (present, at) =>
      afterAction(present, at, { state: { ...signedIn(present), task } }),
    );
    if (session === null) return;

    const withheld = await whyNotSend(session, task);
    if (withheld === null)
      background.run("send_code", { sessionId: key.id }, () => deliver(session, task, otp));
    else {
      await record(session, to, withheld);
      await access.update(key.tenantId, key.id, (present) => {
        const failed = withProblem(present, challengeId, { kind: "too_many_sends" });
        return failed === null ? null : { ...failed, state: { ...signedIn(failed), task: null } };
      });
    }
  }

  const send: CodesPart["send"] = (key, version, to) => sendCode(key, version, to, OTP_SENDS - 1);

  /** Returns why a code is withheld, or null. Takes the budgets together, and only when nothing else prevents sending. */
  async function whyNotSend(session: RegistrationSession, task: CodeTask): Promise<string | null> {
    const { tenantId } = session;
    const { channel, address, challengeId, isSynced } = task;
    const [count, { policy: document }] = await Promise.all([users.count(tenantId), policy.get(tenantId)]);
    const { userId } = signedIn(session);
    const place = networkOf(session.address, document.limits).name;
    const send = {
      tenantId,
      userId,
      channel,
      to: address,
      // The visitor has signed in, so a whole office may register behind one address.
      network: null,
      isKnown: true,
      // A number that is not the directory's may be a colleague's.
      isAtKnownPlace: isSynced && (await limits.known(tenantId, userId, place)).place,
      users: count,
      rules: document.limits,
    };
    const wants = codeSends(send, portalKeys);
    const refusal = await limits.take(tenantId, wants, { id: challengeId, wants: sharedCounters(wants) });
    return refusal === null ? null : `limit_${refusal.name}`;
  }

  /** The visitor has the phone or the mailbox besides the password. */
  async function rememberPlace(session: RegistrationSession): Promise<void> {
    const { tenantId, address } = session;
    const network = networkOf(address, (await policy.get(tenantId)).policy.limits);
    await limits.remember(tenantId, signedIn(session).userId, network.name, "proof");
  }

  async function deliver(session: RegistrationSession, task: CodeTask, otp: Secret): Promise<void> {
    const { tenantId, id, language } = session;
    const { channel, address, expiresAt } = task;
    await record(session, task, null);
    const message = { tenantId, correlationId: id, channel, to: address, otp, language, expiresAt };
    const { state } = await notifier.sendOtp(message);
    if (state === "failed" || state === "undelivered")
      await access.update(tenantId, id, (present) =>
        withProblem(present, task.challengeId, { kind: "send_failed" }),
      );
  }

  const noteProven = ({ tenantId, id, state }: RegistrationSession, method: SentMethod): Promise<void> =>
    audit.append({
      tenantId,
      action: "registration.proven",
      actor: `registration:${id}`,
      subject: state.name === "signed_in" ? `user:${state.userId}` : null,
      outcome: "done",
      correlationId: id,
      details: { method },
    });

  /** A code to a method that counts already proves more than the password, so what it confirms counts at once. */
  const changeOf = ({ what, isSynced, proves }: CodeTask, permit: ChangePermit): SessionChange =>
    changes.begin(
      isSynced ? "confirmed" : "added",
      what,
      proves === null ? permit : { ...permit, isProven: true, holdHours: 0 },
    );

  const record = ({ tenantId, id, ...session }: RegistrationSession, to: Destination, why: string | null) =>
    audit.append({
      tenantId,
      action: why === null ? "otp.sent" : "otp.withheld",
      actor: `registration:${id}`,
      subject: session.state.name === "signed_in" ? `user:${session.state.userId}` : null,
      outcome: why === null ? "done" : "refused",
      correlationId: id,
      details: { channel: to.channel, ...(why === null ? {} : { why }) },
    });

  return {
    async add(key, version, { session, person }, what, typed, channel) {
      if (!signedIn(session).allowed || !channelsFor(what, notifier.channels).includes(channel)) return;
      const { phoneRegion } = (await policy.get(key.tenantId)).policy;
      const parsed =
        what === "email"
          ? parseEmail(typed, person)
          : parseNumber(what, typed, typedRegion(person, phoneRegion));
      if ("kind" in parsed) await refuse(key, version, parsed);
      else
        await send(key, version, {
          purpose: "confirm",
          proves: null,
          what,
          isSynced: false,
          channel,
          address: parsed.address,
        });
    },
    async confirmSynced(key, version, { session, person }, what, channel, proves) {
      if (!signedIn(session).allowed || !channelsFor(what, notifier.channels).includes(channel)) return;
      const address = syncedValue(person, what);
      if (address === null) await refuse(key, version, { kind: "stale" });
      else await send(key, version, { purpose: "confirm", proves, what, isSynced: true, channel, address });
    },
    send,
    async resend(key, version) {
      const { task } = signedIn(await access.look(key));
      if (task?.kind !== "code") return;
      if (task.sendsLeft === 0) await refuse(key, version, { kind: "too_many_sends" });
      else if (clock.now() < task.resendAt) await refuse(key, version, { kind: "resend_too_soon" });
      else {
        const { purpose, proves, what, isSynced, channel, address } = task;
        const to = { purpose, proves, what, isSynced, channel, address };
        await sendCode(key, version, to, task.sendsLeft - 1);
      }
    },
    async enter(key, next, version, typed, permit) {
      const digits = readCode(typed) ?? "";
      const { task: open } = signedIn(permit.session);
      // The try is counted before the code is compared, so that many sessions at once do not exceed the limit of the person.
      const mayTry = isLive(open, clock.now()) && (await countTry(permit.session, 1));
      const change = open?.kind === "code" && open.purpose === "confirm" ? changeOf(open, permit) : null;
      const entered: { right: CodeTask | null; isWrong: boolean } = { right: null, isWrong: false };
      const session = await access.act(key, version, (present, now) => {
        Object.assign(entered, { right: null, isWrong: false });
        const state = signedIn(present);
        const { task } = state;
        if (task?.kind !== "code") return present;
        if (!isLive(task, now)) return afterAction(present, now, { problem: { kind: "code_expired" } });
        if (!mayTry)
          return afterAction(present, now, {
            state: { ...state, task: null },
            problem: { kind: "too_many_tries" },
          });
        if (isEqualInConstantTime(task.digest, digestOf(present.id, task.challengeId, digits))) {
          entered.right = task;
          const proven = { ...state, task: null, isProven: state.isProven || task.proves !== null };
          return afterAction(present, now, {
            state: change?.own(proven) ?? proven,
            ...(task.proves === null ? {} : { secretDigest: secretDigestOf(next.secret) }),
            ...(change === null ? { done: { kind: "proven", what: null } } : {}),
          });
        }
        entered.isWrong = true;
        const triesLeft = task.triesLeft - 1;
        return afterAction(present, now, {
          state: { ...state, task: { ...task, triesLeft } },
          problem: { kind: triesLeft === 0 ? "code_expired" : "wrong_code" },
        });
      });
      const { right: task, isWrong } = entered;
      // The form was of an earlier screen, e.g. the second one of a double click, or the code was right.
      if (mayTry && !isWrong) await countTry(permit.session, -1);
      if (session === null || task === null) return false;
      await change?.store(session, (present, waiting) =>
        withConfirmed(present, permit.person, task, clock.now(), waiting),
      );
      if (task.purpose === "prove" && task.proves !== null) await noteProven(session, task.proves);
      await limits.giveBack(key.tenantId, task.challengeId);
      if (task.isSynced || task.proves !== null) await rememberPlace(session);
      return task.proves !== null;
    },
  };
}

const isLive = (task: Task | null, now: number): boolean =>
  task?.kind === "code" && now < task.expiresAt && task.triesLeft > 0;

/** Returns null when the directory has another value now, so that the confirmed value no longer exists. */
function withConfirmed(
  present: Registration,
  person: Person,
  { what, isSynced, address }: CodeTask,
  now: number,
  waiting: Waiting,
): Registration | null {
  if (isSynced) {
    if (syncedValue(person, what) !== address) return null;
    const field = syncedField(what);
    const others = present.confirmedSynced.filter((synced) => synced.field !== field);
    const isConfirmed = present.confirmedSynced.some(
      (synced) => synced.field === field && synced.value === address,
    );
    // A confirmation that waits does not replace one that counts, or that counts earlier.
    if (isConfirmed && waiting.countsFrom !== undefined) return null;
    return { ...present, confirmedSynced: [...others, { field, value: address, at: now, ...waiting }] };
  }
  return what === "email"
    ? { ...present, email: { address, confirmedAt: now, ...waiting } }
    : { ...present, [what]: { number: address, confirmedAt: now, ...waiting } };
}

/**
 * Returns the region of typed numbers: that of the directory's number, because people type in the notation of their country;
 * otherwise that of the policy.
 */
export function typedRegion({ user }: Person, policyRegion: string): PhoneRegion {
  const number = user.mobile ?? user.officePhone;
  const parsed = number === null ? null : parsePhone(number, "US");
  return parsed?.ok === true ? parsed.country : (policyRegion as PhoneRegion);
}

function parseNumber(
  field: "mobile" | "officePhone",
  typed: string,
  region: PhoneRegion,
): { readonly address: string } | RegistrationProblem {
  const parsed = parsePhone(typed, region);
  if (parsed.ok) return { address: parsed.e164 };
  const kind = parsed.problem === "premium_rate" ? "number_premium" : "number_invalid";
  return { kind, field, typed: typed.slice(0, 64) };
}

function parseEmail(typed: string, { user }: Person): { readonly address: string } | RegistrationProblem {
  const text = typed.trim().slice(0, 254);
  const address = readAddress(typed);
  if (address === null) return { kind: "email_invalid", typed: text };
  const own = [user.userName, ...user.aliases, ...(user.mail === null ? [] : [user.mail])].map(nameKey);
  return own.includes(nameKey(address)) ? { kind: "email_is_account", typed: text } : { address };
}
