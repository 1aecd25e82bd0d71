/**
 * Looks up the person and the account after `begin` has answered. The person comes from the store, and every screen
 * needs it. The account comes from an agent, and nothing of it is shown before the first proof. Until then no screen
 * waits for an agent.
 */
import { randomInt } from "node:crypto";
import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import { SENT_METHODS } from "../../shared/methods.ts";
import type { AccountService } from "../accounts/account-service.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { Notifier } from "../notify/notifier.ts";
import { makeUpUser } from "../people/made-up-user.ts";
import { passwordWords } from "../people/password-words.ts";
import type { KnownPerson, People, Person } from "../people/people.ts";
import { countFactors, destinationOf, factorOf, usableMethods } from "../people/usable-methods.ts";
import { decidePolicy, policyGroups } from "../policy/decide.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import type { NameQuery } from "../store/name-query.ts";
import { createCachedLookUp } from "../ttl-cache.ts";
import type { Attempt, AttemptAccount } from "./attempt.ts";
import type { FailedCodes } from "./failed-codes.ts";
import type { Sessions } from "./sessions.ts";

/** An attempt with a known person. */
export type Identified = Attempt & { readonly person: NonNullable<Attempt["person"]> };
/** An attempt whose account an agent has examined. */
export type Examined = Identified & { readonly account: AttemptAccount };

export interface LookUp {
  /** Fills in `person` in its result alone: `examineAccount` stores it, together with the account. */
  identifyPerson(attempt: Attempt): Promise<Identified>;
  /**
   * Fills in `account` and stores it. Throws AGENT_OFFLINE, TIMEOUT, DIRECTORY_*; SESSION_ENDED when the attempt has ended
   * meanwhile.
   */
  examineAccount(attempt: Attempt): Promise<Examined>;
  /** The same, but null when no agent answers. Throws STORE_UNAVAILABLE, SESSION_ENDED. */
  examineIfPossible(attempt: Attempt): Promise<Examined | null>;
  /**
   * Reads the person as stored now; null when deleted since. Its duration differs between real and made-up people, so
   * call it only after the answer or after a proof.
   */
  currentPerson(attempt: Identified): Promise<KnownPerson | null>;
  /**
   * The same as `currentPerson`, with the same work for every name. Null also when the name now belongs to another
   * person.
   */
  currentPersonUniform(attempt: Identified): Promise<KnownPerson | null>;
  /**
   * Checks that all numbers and addresses are still those that were examined. One that was added later may belong to an
   * attacker who started this attempt, and was never checked.
   */
  isUnchanged(attempt: Examined, person: Person): boolean;
}

interface Found {
  readonly person: Person;
  /** The part that the attempt stores. */
  readonly facts: Pick<Identified, "person" | "blockedUntil" | "work">;
}

/**
 * Lifetime of a cached person: the time a visitor takes from one page to the next. By then the person is stored with
 * the attempt.
 */
const PERSON_TTL_MS = 3_000;

export function createLookUp(deps: {
  readonly people: Pick<People, "find" | "get">;
  readonly policy: Pick<PolicyService, "get">;
  readonly accounts: Pick<AccountService, "look">;
  readonly channels: Notifier["channels"];
  readonly portalKeys: Pick<PortalKeys, "digest">;
  readonly failedCodes: Pick<FailedCodes, "standing">;
  readonly sessions: Pick<Sessions, "amend" | "find">;
  /** Called on the node that stored the account, once per attempt. */
  readonly onExamined: (attempt: Examined, person: Person) => void;
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
}): LookUp {
  const { people, sessions } = deps;
  /** Examinations in progress on this node, by attempt: screens and proofs join them. */
  const inProgress = new Map<string, Promise<Examined>>();
  const cachedFound = createCachedLookUp(
    { ttlMs: PERSON_TTL_MS, clock: deps.clock },
    (_id, attempt: Attempt) => lookFor(attempt),
  );

  /** Stores a finding, unless another node was faster. */
  async function keep(attempt: Attempt, change: (attempt: Attempt) => Attempt | null): Promise<Attempt> {
    const { tenantId, id } = attempt;
    const kept = (await sessions.amend(tenantId, id, change)) ?? (await sessions.find(tenantId, id));
    if (kept === null) throw new AppError("SESSION_ENDED");
    return kept;
  }

  async function lookFor({ tenantId, userName, address }: Attempt): Promise<Found> {
    const person = await people.find(tenantId, userName);
    const standing = await deps.failedCodes.standing({ tenantId, person, userName, address });
    // The same digits under each name of a person, and whether or not there is such a person.
    const { user: madeUp } = makeUpUser(deps.portalKeys, tenantId, nameOfId(person.id));
    const lastDigits = (method: "text" | "office_call"): string =>
      (
        destinationOf(person, method)?.to ??
        (method === "text" ? madeUp.mobile : madeUp.officePhone) ??
        ""
      ).slice(-2);
    const digits = { mobileDigits: lastDigits("text"), officeDigits: lastDigits("office_call") };
    const { id, real, epoch } = person;
    return { person, facts: { person: { id, real, ...digits, epoch }, ...standing } };
  }

  async function identifyPerson(attempt: Attempt): Promise<Identified> {
    if (isIdentified(attempt)) return attempt;
    return withFacts(attempt, (await cachedFound.get(attempt.id, attempt)).facts);
  }

  function currentPerson(attempt: Identified): Promise<KnownPerson | null> {
    const { tenantId, person } = attempt;
    return person.real ? people.get(tenantId, person.id) : currentPersonUniform(attempt);
  }

  async function currentPersonUniform({
    tenantId,
    userName,
    person,
  }: Identified): Promise<KnownPerson | null> {
    const found = await people.find(tenantId, userName);
    return found.id === person.id ? found : null;
  }

  function examineAccount(attempt: Attempt): Promise<Examined> {
    if (isExamined(attempt)) return Promise.resolve(attempt);
    const { id } = attempt;
    const known = inProgress.get(id);
    if (known !== undefined) return known;
    const examining = lookAt(attempt).finally(() => inProgress.delete(id));
    inProgress.set(id, examining);
    return examining;
  }

  /** Stores person and account in one write; the person alone when no agent answers. */
  async function lookAt(attempt: Attempt): Promise<Examined> {
    const { tenantId } = attempt;
    const finding = isIdentified(attempt) ? null : await cachedFound.get(attempt.id, attempt);
    const who = await identifyPerson(attempt);
    const kept = (present: Attempt): Identified =>
      isIdentified(present) ? present : withFacts(present, who);
    const { policy } = await deps.policy.get(tenantId);
    const [person, view] = await Promise.all([
      finding?.person ?? currentPerson(who),
      deps.accounts.look(tenantId, who.person.id, policyGroups(policy)),
    ]).catch(async (error: unknown) => {
      await keep(attempt, (present) => (isIdentified(present) ? null : kept(present)));
      throw error;
    });
    if (person === null)
      return asExamined(
        await keep(attempt, (present) => ({ ...kept(present), gone: true, account: NO_ACCOUNT })),
      );
    const account = accountOf(person, decidePolicy(policy, { ...view, source: person.user.source }), view);
    const examined = asExamined(
      await keep(attempt, (present) => (present.account === null ? { ...kept(present), account } : null)),
    );
    // The stored account is the object made here, so it was this node that wrote it.
    if (examined.account === account) deps.onExamined(examined, person);
    return examined;
  }

  async function examineIfPossible(attempt: Attempt): Promise<Examined | null> {
    try {
      return await examineAccount(attempt);
    } catch (error) {
      if (!isAppError(error) || error.code === "STORE_UNAVAILABLE" || error.code === "SESSION_ENDED")
        throw error;
      return null;
    }
  }

  function accountOf(
    person: Person,
    { allowed, name, privileged, rules, missingGroups }: ReturnType<typeof decidePolicy>,
    view: Awaited<ReturnType<AccountService["look"]>>,
  ): AttemptAccount {
    const { usable, unusable } = usableMethods(person, rules, deps.channels, deps.clock.now());
    const held = rules.methods
      .filter((method) => unusable.get(method) === "held")
      .map((method) => ({ method, factor: factorOf(person, method) }));
    return {
      obstacle: view.obstacle,
      allowed,
      ...(missingGroups.length === 0 ? {} : { missingGroups: [...missingGroups] }),
      policyName: name,
      privileged,
      required: rules.methodsRequired,
      unlock: rules.unlock,
      notifyUser: rules.notifyUser,
      usable: [...usable],
      destinations: destinationsOf(person),
      held:
        countFactors(usable) < rules.methodsRequired &&
        countFactors([...usable, ...held]) >= rules.methodsRequired,
      questionIds: sample(
        person.registration.questions.map(({ questionId }) => questionId),
        rules.questions.answer,
      ),
      rule: view.rule,
      names: passwordWords(person.user),
    };
  }

  /** Makes a digest that detects later changes of the destinations without storing them. */
  function destinationsOf(person: Person): string {
    const all = SENT_METHODS.map((method) => destinationOf(person, method)?.to ?? "");
    return deps.portalKeys.digest("reset-destinations", [person.id, ...all]).toString("base64url");
  }

  const isUnchanged = ({ account }: Examined, person: Person): boolean =>
    account.destinations === destinationsOf(person);

  return {
    identifyPerson,
    examineAccount,
    examineIfPossible,
    currentPerson,
    currentPersonUniform,
    isUnchanged,
  };
}

const nameOfId = (id: string): NameQuery => ({ text: id, key: id, account: null, allSources: [] });

/** The account of a person who was deleted while the agent was being asked. */
const NO_ACCOUNT: AttemptAccount = {
  obstacle: null,
  allowed: false,
  policyName: "default",
  privileged: false,
  required: 1,
  unlock: false,
  notifyUser: true,
  usable: [],
  destinations: "",
  held: false,
  questionIds: [],
  rule: null,
  names: [],
};

/** A wrong code may have been entered meanwhile, so the greater work counts. */
const withFacts = (attempt: Attempt, { person, blockedUntil, work }: Found["facts"]): Identified => ({
  ...attempt,
  person,
  blockedUntil,
  work: Math.max(work, attempt.work),
});

const isIdentified = (attempt: Attempt): attempt is Identified => attempt.person !== null;
export const isExamined = (attempt: Attempt): attempt is Examined =>
  attempt.person !== null && attempt.account !== null;

function asExamined(attempt: Attempt): Examined {
  if (isExamined(attempt)) return attempt;
  throw new AppError("SESSION_ENDED");
}

/** Picks `count` items at random. */
function sample(items: readonly string[], count: number): string[] {
  const rest = [...items];
  const chosen: string[] = [];
  while (chosen.length < count && rest.length > 0) chosen.push(...rest.splice(randomInt(rest.length), 1));
  return chosen;
}
