/** Makes an otp and sends it, or does not and looks the same: always in the background, after the answer. */
import type { Clock } from "../../shared/clock.ts";
import { isAppError } from "../../shared/errors.ts";
import { type Channel, isSentMethod, type SentMethod } from "../../shared/methods.ts";
import { parsePhone, type PhoneRegion } from "../../shared/phone.ts";
import { Secret } from "../../shared/secret.ts";
import type { Audit } from "../audit/audit.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { codeSends, withheld } from "../limits/counters.ts";
import type { Notifier } from "../notify/notifier.ts";
import { channelOf, destinationOf } from "../people/usable-methods.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import { type Limits } from "../store/limits.ts";
import { makeOtp, MAX_OTP_LENGTH, otpDigest, otpLength } from "../visits/otp.ts";
import type { Attempt } from "./attempt.ts";
import type { NewCode } from "./attempt-changes.ts";
import { requiredProofs } from "./attempt-step.ts";
import type { FailedCodes } from "./failed-codes.ts";
import { type Examination, type Examined, type Identified, isExamined } from "./look-up.ts";
import type { Sessions } from "./sessions.ts";
import { isSameNumber } from "./typed-number.ts";

export interface CodeSender {
  /** For a challenge that is yet to be: made before the answer, for everybody alike, so that it is stored with the choice. */
  newCode(attempt: Pick<Attempt, "tenantId" | "id">): Promise<CodeToSend>;
  /** For the challenge of this attempt, which has this code. */
  send(attempt: Attempt, code: CodeToSend): Promise<void>;
  sealNumber(attemptId: string, typedNumber: string): string;
}

export interface CodeToSend extends NewCode {
  readonly otpFor: (attempt: Attempt) => Secret;
}

const PURPOSE = "reset-typed-number";
/** No domain has this name (RFC 2606). */
const NOBODYS_ADDRESS = "nobody@nowhere.invalid";

interface SentChoice {
  readonly method: SentMethod;
  /** Sealed; null for methods without a number. */
  readonly typedNumber: string | null;
}

export function createCodeSender(deps: {
  readonly examination: Examination;
  readonly sessions: Pick<Sessions, "find">;
  readonly policy: Pick<PolicyService, "get">;
  readonly notifier: Pick<Notifier, "sendOtp" | "breakerOpen">;
  readonly failedCodes: Pick<FailedCodes, "breakerOpen">;
  readonly limits: Pick<Limits, "take">;
  readonly countUsers: (tenantId: string) => Promise<number>;
  readonly portalKeys: PortalKeys;
  readonly audit: Audit;
  readonly clock: Pick<Clock, "now">;
  readonly newId: () => string;
}): CodeSender {
  const { examination, sessions, notifier, portalKeys } = deps;

  /** Without an agent nothing is known of the account, and nothing is sent. */
  async function lookedAt(attempt: Attempt): Promise<Examined | null> {
    try {
      return await examination.examine(attempt);
    } catch (error) {
      if (!isAppError(error) || error.code === "STORE_UNAVAILABLE" || error.code === "SESSION_ENDED")
        throw error;
      return null;
    }
  }

  /** As it is once the account is known; null when the person went on without this code meanwhile. */
  async function present(
    attempt: Attempt,
    challengeId: string,
  ): Promise<{ readonly identified: Identified; readonly examined: Examined | null } | null> {
    if (isExamined(attempt)) return { identified: attempt, examined: attempt };
    const examined = await lookedAt(attempt);
    const now = await sessions.find(attempt.tenantId, attempt.id);
    if (now?.chosen?.challenge?.id !== challengeId) return null;
    return { identified: examined ?? (await examination.identify(now)), examined };
  }

  /**
   * Where it goes, and why it does not; null: it does. All of it is looked at for everybody, and as much is written: the visitor's
   * next request shares this node and its store, and would come back sooner for names that get nothing (T-01).
   */
  async function destination(
    { tenantId, id, address }: Attempt,
    { method, typedNumber }: SentChoice,
    identified: Identified,
    examined: Examined | null,
  ): Promise<{ readonly to: string; readonly channel: Channel; readonly why: string | null }> {
    const { phoneRegion } = (await deps.policy.get(tenantId)).policy;
    const [person, isOpen, users] = await Promise.all([
      examination.personAlike(identified),
      notifier.breakerOpen(tenantId),
      deps.countUsers(tenantId),
    ]);
    const isUnchanged = person !== null && examined !== null && examination.isUnchanged(examined, person);
    const own = person?.real === true ? (destinationOf(person, method)?.to ?? null) : null;
    const channel = channelOf(method);
    const typed =
      channel === "email" ? null : portalKeys.open(PURPOSE, [id], typedNumber ?? "").toString("utf8");
    const to = own ?? (typed === null ? NOBODYS_ADDRESS : typedAsE164(typed, phoneRegion));
    const differs = typed !== null && !isSameNumber(typed, to, phoneRegion);
    const isBreakerOpen = typed !== null && isOpen;

    let why: string | null = null;
    if (person?.real !== true) why = "no_such_person";
    else if (examined === null) why = "no_agent";
    else if (!isUnchanged) why = "changed_meanwhile";
    else if (own === null || !examined.account.usable.some((usable) => usable.method === method))
      why = "method_not_usable";
    else if (differs) why = "number_differs";
    else if (isBreakerOpen) why = "breaker_open";
    // What costs something is taken last, and by those alone who get something.
    const caps = codeSends(
      { tenantId, userId: identified.person.id, channel, to, address, users },
      portalKeys,
    );
    const refused = await deps.limits.take(tenantId, why === null ? caps : caps.map(withheld));
    return { to, channel, why: why ?? (refused === null ? null : `limit_${nameOfLimit(refused.key)}`) };
  }

  return {
    sealNumber: (attemptId, typedNumber) =>
      portalKeys.seal(PURPOSE, [attemptId], Buffer.from(typedNumber, "utf8")),
    async newCode({ tenantId, id }) {
      const digits = makeOtp(MAX_OTP_LENGTH);
      const challengeId = deps.newId();
      const otpFor = (attempt: Attempt): Secret =>
        new Secret(digits.reveal().slice(0, otpLength(requiredProofs(attempt))));
      return {
        challengeId,
        otpFor,
        digestFor: (attempt) =>
          otpDigest(portalKeys, { portal: "reset", visitId: id, challengeId }, otpFor(attempt).reveal()),
        strict: await deps.failedCodes.breakerOpen(tenantId),
        now: deps.clock.now(),
      };
    },
    async send(attempt, code) {
      const { tenantId, id, chosen, language } = attempt;
      const challenge = chosen?.challenge;
      if (chosen === null || challenge == null) return;
      const otp = code.otpFor(attempt);
      const known = await present(attempt, challenge.id);
      if (known === null) return;
      const { identified, examined } = known;
      const { method, typedNumber } = chosen;
      if (!isSentMethod(method)) return;
      const { why, ...where } = await destination(attempt, { method, typedNumber }, identified, examined);
      const delivery = await notifier.sendOtp({
        tenantId,
        correlationId: id,
        otp,
        language,
        expiresAt: challenge.expiresAt,
        ...where,
        ...(why === null ? {} : { withheld: why }),
      });
      const event = {
        tenantId,
        actor: `attempt:${id}`,
        subject: identified.person.real ? `user:${identified.person.id}` : null,
        correlationId: id,
      };
      const { state, provider } = delivery;
      if (why !== null)
        await deps.audit.append({
          ...event,
          action: "otp.withheld",
          outcome: "refused",
          details: { method, why },
        });
      else
        await deps.audit.append({
          ...event,
          action: "otp.sent",
          outcome: state === "failed" ? "failed" : "done",
          details: { method, state, provider },
        });
    },
  };
}

function typedAsE164(typed: string, region: string): string {
  const parsed = parsePhone(typed, region as PhoneRegion);
  return parsed.ok ? parsed.e164 : `+${typed.replace(/[^0-9]/g, "")}`;
}

/** `number:<digest>:hour` → `number_hour`: which one it was, without whose. */
const nameOfLimit = (key: string): string => {
  const parts = key.split(":");
  return [parts[0], parts.at(-1)].join("_").replace(/[^a-z_]/g, "_");
};
