/** Makes and sends one-time codes, always in the background after the answer. A withheld code costs the same work as a sent one. */
import type { Clock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import { isSentMethod, type SentMethod } from "../../shared/methods.ts";
import { Secret } from "../../shared/secret.ts";
import type { Audit } from "../audit/audit.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { isAtKnownPlace } from "../limits/known-place.ts";
import { networkOf } from "../limits/network.ts";
import { codeSends, sharedCounters, withheld } from "../limits/requests.ts";
import type { Notifier, OtpMessage } from "../notify/notifier.ts";
import { channelOf, destinationOf } from "../people/usable-methods.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import { type Limits } from "../store/limits.ts";
import { makeOtp, MAX_OTP_LENGTH, otpDigest, otpLength } from "../visits/otp.ts";
import type { Attempt } from "./attempt.ts";
import type { NewCode } from "./attempt-changes.ts";
import { requiredProofs } from "./attempt-step.ts";
import type { FailedCodes } from "./failed-codes.ts";
import { type Examined, type Identified, isExamined, type LookUp } from "./look-up.ts";
import type { Sessions } from "./sessions.ts";
import { isSameNumber, typedAsE164 } from "./typed-number.ts";

export interface CodeSender {
  /**
   * Makes the code of a coming challenge. It is made before the answer, for every name, so that it is stored together
   * with the choice.
   */
  newCode(attempt: Pick<Attempt, "tenantId" | "id">): Promise<CodeToSend>;
  /** Sends `code`, which belongs to the current challenge of the attempt. */
  send(attempt: Attempt, code: CodeToSend): Promise<void>;
  sealNumber(attemptId: string, typedNumber: string): string;
  openNumber(attemptId: string, sealedNumber: string): string;
}

export interface CodeToSend extends NewCode {
  readonly otpFor: (attempt: Attempt) => Secret;
}

const PURPOSE = "reset-typed-number";
/** A domain that cannot exist (RFC 2606). */
const UNDELIVERABLE_ADDRESS = "nobody@nowhere.invalid";

interface SentChoice {
  readonly method: SentMethod;
  /** Sealed; null for methods without a number. */
  readonly typedNumber: string | null;
  readonly challengeId: string;
}

export function createCodeSender(deps: {
  readonly lookUp: LookUp;
  readonly sessions: Pick<Sessions, "find">;
  readonly policy: Pick<PolicyService, "get">;
  readonly notifier: Pick<Notifier, "sendOtp" | "breakerOpen">;
  readonly failedCodes: Pick<FailedCodes, "underAttack">;
  readonly limits: Pick<Limits, "take" | "known">;
  readonly countUsers: (tenantId: string) => Promise<number>;
  readonly portalKeys: PortalKeys;
  readonly audit: Audit;
  readonly clock: Pick<Clock, "now">;
}): CodeSender {
  const { lookUp, sessions, notifier, portalKeys } = deps;

  /** Waits until the account is known. Null when the visitor has moved on without this code meanwhile. */
  async function present(
    attempt: Attempt,
    challengeId: string,
  ): Promise<{ readonly identified: Identified; readonly examined: Examined | null } | null> {
    if (isExamined(attempt)) return { identified: attempt, examined: attempt };
    const examined = await lookUp.examineIfPossible(attempt);
    const now = await sessions.find(attempt.tenantId, attempt.id);
    if (now?.chosen?.challenge?.id !== challengeId) return null;
    return { identified: examined ?? (await lookUp.identifyPerson(now)), examined };
  }

  /**
   * Decides where a code goes and whether it is withheld (`why` not null). Every check runs for every name, and the
   * same amount is written. The visitor's next request shares this node and its store, and would otherwise be answered
   * sooner for names that get no code.
   */
  async function destination(
    { tenantId, id, address }: Attempt,
    { method, typedNumber, challengeId }: SentChoice,
    identified: Identified,
    examined: Examined | null,
  ): Promise<Pick<OtpMessage, "to" | "channel" | "counted"> & { readonly why: string | null }> {
    const { phoneRegion } = (await deps.policy.get(tenantId)).policy;
    const [person, isOpen, { hasProved, ...facts }] = await Promise.all([
      lookUp.currentPersonUniform(identified),
      notifier.breakerOpen(tenantId),
      sendFacts(identified, address),
    ]);
    const isUnchanged = person !== null && examined !== null && lookUp.isUnchanged(examined, person);
    const own = person?.real === true ? (destinationOf(person, method)?.to ?? null) : null;
    const channel = channelOf(method);
    const typed =
      channel === "email" ? null : portalKeys.open(PURPOSE, [id], typedNumber ?? "").toString("utf8");
    const to = own ?? (typed === null ? UNDELIVERABLE_ADDRESS : typedAsE164(typed, phoneRegion));
    const differs = typed !== null && !isSameNumber(typed, to, phoneRegion);
    const isBreakerOpen = channel !== "email" && isOpen && !hasProved;

    let why: string | null = null;
    if (person?.real !== true) why = "no_such_person";
    else if (examined === null) why = "no_agent";
    else if (!isUnchanged) why = "changed_meanwhile";
    else if (own === null || !examined.account.usable.some((usable) => usable.method === method))
      why = "method_not_usable";
    else if (differs) why = "number_differs";
    else if (isBreakerOpen) why = "breaker_open";
    // Budgets are taken last, and only for codes that are sent.
    const caps = codeSends({ ...facts, channel, to }, portalKeys);
    const wants = why === null ? caps : caps.map(withheld);
    const refused = await deps.limits.take(tenantId, wants, {
      id: challengeId,
      wants: sharedCounters(wants),
    });
    const { network, leastNetworks } = facts;
    const isCounted = channel !== "email" && !hasProved;
    return {
      to,
      channel,
      why: why ?? (refused === null ? null : `limit_${refused.name}`),
      ...(isCounted ? { counted: { id: challengeId, network: network.name, leastNetworks } } : {}),
    };
  }

  /** The facts that budgets depend on, read with the same work for every name. */
  async function sendFacts({ tenantId, person }: Identified, address: string) {
    const rules = (await deps.policy.get(tenantId)).policy.limits;
    const network = networkOf(address, rules);
    const [users, known] = await Promise.all([
      deps.countUsers(tenantId),
      deps.limits.known(tenantId, person.id, network.name),
    ]);
    return {
      tenantId,
      userId: person.id,
      network,
      isKnown: known.person || known.network,
      isAtKnownPlace: isAtKnownPlace(person, network.name, known),
      hasProved: known.person,
      leastNetworks: rules.attack.networks,
      users,
      rules,
    };
  }

  return {
    sealNumber: (attemptId, typedNumber) =>
      portalKeys.seal(PURPOSE, [attemptId], Buffer.from(typedNumber, "utf8")),
    openNumber: (attemptId, sealedNumber) =>
      portalKeys.open(PURPOSE, [attemptId], sealedNumber).toString("utf8"),
    async newCode({ tenantId, id }) {
      const digits = makeOtp(MAX_OTP_LENGTH);
      const challengeId = newId();
      const otpFor = (attempt: Attempt): Secret =>
        new Secret(
          digits
            .reveal()
            .slice(0, otpLength(requiredProofs(attempt), attempt.strict && attempt.proofs.length === 0)),
        );
      return {
        challengeId,
        otpFor,
        digestFor: (attempt) =>
          otpDigest(portalKeys, { portal: "reset", visitId: id, challengeId }, otpFor(attempt).reveal()),
        strict: await deps.failedCodes.underAttack(tenantId),
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
      const choice = { method, typedNumber, challengeId: challenge.id };
      const { why, ...where } = await destination(attempt, choice, identified, examined);
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
