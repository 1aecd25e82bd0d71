/** Decides which methods a person may use: by what they registered, what the directory says, and the policy. Pure. */
import type { Rules } from "../../shared/api/policy.ts";
import { HOUR_MS } from "../../shared/durations.ts";
import { type Channel, type Method, METHODS, type SentMethod } from "../../shared/methods.ts";
import type { Proof } from "../methods/proof.ts";
import { changedAtOf, type DestinationField } from "../store/user-record.ts";
import type { Person } from "./people.ts";

/** Why a method cannot be used. `held`: the number is too new, or its owner has not confirmed it. */
export type Unusable = "not_in_policy" | "no_provider" | "missing" | "held";

export interface UsableMethods {
  /** Usable methods in the order of the policy. */
  readonly usable: readonly Proof[];
  /** Why each other method cannot be used. */
  readonly unusable: ReadonlyMap<Method, Unusable>;
}

export interface Destination {
  readonly channel: Channel;
  /** E.164, or an email address; null when there is none. */
  readonly to: string | null;
}

/** The channel that carries the codes of a method. */
export const channelOf = (method: SentMethod): Channel => (method === "office_call" ? "call" : method);

/** Where a code of this method is sent; null for methods that send nothing. Registered values take precedence over synced ones. */
export function destinationOf({ user, registration }: Person, method: Method): Destination | null {
  switch (method) {
    case "text":
    case "call":
      return { channel: method, to: registration.mobile?.number ?? user.mobile };
    case "office_call":
      return { channel: "call", to: registration.officePhone?.number ?? user.officePhone };
    case "email":
      return { channel: "email", to: registration.email?.address ?? user.alternateEmail };
    case "authenticator":
    case "recovery_code":
    case "questions":
      return null;
  }
}

/**
 * Two proofs must be of two factors. A text and a call to one number are the same telephone, so they share one; so does an
 * office number that is the mobile number.
 */
export function factorOf(person: Person, method: Method): string {
  const mobile = destinationOf(person, "text")?.to;
  switch (method) {
    case "text":
    case "call":
      return "mobile";
    case "office_call":
      return destinationOf(person, method)?.to === mobile ? "mobile" : "office";
    case "email":
    case "authenticator":
    case "recovery_code":
    case "questions":
      return method;
  }
}

export function usableMethods(
  person: Person,
  rules: Rules,
  channels: ReadonlySet<Channel>,
  now: number,
): UsableMethods {
  const usable: Proof[] = [];
  const unusable = new Map<Method, Unusable>();
  for (const method of rules.methods) {
    const why = whyNot(person, rules, channels, now, method);
    if (why !== null) unusable.set(method, why);
    else if (!usable.some((other) => other.method === method))
      usable.push({ method, factor: factorOf(person, method) });
  }
  for (const method of METHODS) if (!rules.methods.includes(method)) unusable.set(method, "not_in_policy");
  return { usable, unusable };
}

/**
 * Counts the different proofs that the methods can give. Questions alone give none, because they are never the first
 * proof.
 */
export function countFactors(methods: readonly Proof[]): number {
  const factors = new Set(methods.map(({ factor }) => factor));
  return factors.size === 1 && factors.has("questions") ? 0 : factors.size;
}

function whyNot(
  person: Person,
  rules: Rules,
  channels: ReadonlySet<Channel>,
  now: number,
  method: Method,
): Unusable | null {
  const { registration } = person;
  switch (method) {
    case "authenticator":
      return registration.authenticator === null ? "missing" : null;
    case "recovery_code":
      return registration.recoveryCodes.some(({ usedAt }) => usedAt === null) ? null : "missing";
    case "questions":
      return registration.questions.length >= rules.questions.answer ? null : "missing";
    case "text":
    case "call":
    case "office_call":
    case "email": {
      const destination = destinationOf(person, method);
      if (destination?.to == null) return "missing";
      if (!channels.has(destination.channel)) return "no_provider";
      return isTrusted(person, rules, now, method, destination.to) ? null : "held";
    }
  }
}

/**
 * Decides whether a number or address is trusted. A value that its owner confirmed always counts, as long as the directory still has it.
 * Others may have to age: in Active Directory, users may write their own numbers, and five minutes at an unlocked PC
 * must not be enough for an attacker. The sync records when each of them changed.
 */
function isTrusted(person: Person, rules: Rules, now: number, method: SentMethod, value: string): boolean {
  const { user, registration } = person;
  const { trust, holdHours } = rules.number;
  function isSyncedTrusted(field: DestinationField): boolean {
    const isConfirmed = registration.confirmedSynced.some(
      (synced) => synced.field === field && synced.value === value,
    );
    if (isConfirmed || trust === "synced") return true;
    const changedAt = changedAtOf(user, field);
    return trust === "aged" && (changedAt === null || now - changedAt >= holdHours * HOUR_MS);
  }

  switch (method) {
    case "text":
    case "call":
      return registration.mobile !== null || isSyncedTrusted("mobile");
    case "office_call":
      return registration.officePhone !== null || isSyncedTrusted("officePhone");
    case "email":
      return registration.email !== null || isSyncedTrusted("alternateEmail");
  }
}
