/**
 * Changes of methods that wait. A change that is made with the password alone may be that of a thief who has nothing else. A method
 * that is added then counts only after the time for which a changed number is held; a method that is removed is removed only
 * after that time. Nothing that is on file is replaced. Pure.
 */
import { HOUR_MS } from "../../shared/durations.ts";
import type { Registration, Waiting } from "../store/registration-record.ts";

const countsAt =
  (now: number) =>
  ({ countsFrom = 0, endsAt = Infinity }: Waiting): boolean =>
    countsFrom <= now && now < endsAt;
const isOnFileAt =
  (now: number) =>
  ({ endsAt = Infinity }: Waiting): boolean =>
    now < endsAt;

/** Leaves out what does not count yet. A waiting number of one's own then does not hide the directory's either. */
export const countingAt = (registration: Registration, now: number): Registration =>
  only(registration, countsAt(now));

/** Leaves out what has been removed since. */
export const onFileAt = (registration: Registration, now: number): Registration =>
  only(registration, isOnFileAt(now));

function only(registration: Registration, counts: (method: Waiting) => boolean): Registration {
  const orNull = <T extends Waiting>(method: T | null): T | null =>
    method !== null && counts(method) ? method : null;
  return {
    ...registration,
    mobile: orNull(registration.mobile),
    officePhone: orNull(registration.officePhone),
    email: orNull(registration.email),
    authenticator: orNull(registration.authenticator),
    questions: registration.questions.filter(counts),
    recoveryCodes: registration.recoveryCodes.filter(counts),
    confirmedSynced: registration.confirmedSynced.filter(counts),
  };
}

/** Until when a method waits, in epoch ms; null when it counts. */
export const waitsUntil = (method: Waiting | null | undefined, now: number): number | null =>
  method?.countsFrom !== undefined && method.countsFrom > now ? method.countsFrom : null;

/** When a method is removed, in epoch ms; null when its removal was not asked for. */
export const endsAtOf = (method: Waiting | null | undefined): number | null => method?.endsAt ?? null;

type Removable = Exclude<keyof Registration, "confirmedSynced" | "confirmedAt" | "owed">;

/** Whether adding the method would replace something. Used recovery codes are nothing. */
export function isOnFile(registration: Registration, what: Removable): boolean {
  switch (what) {
    case "questions":
      return registration.questions.length > 0;
    case "recoveryCodes":
      return registration.recoveryCodes.some(({ usedAt }) => usedAt === null);
    case "mobile":
    case "officePhone":
    case "email":
    case "authenticator":
      return registration[what] !== null;
  }
}

/**
 * The registration with the method ending at that time; null when nothing changes, because it ends already. A method that does not
 * count yet never counts then: its removal may be that of the owner, after a thief added it.
 */
export function endingAt(
  registration: Registration,
  what: Removable,
  endsAt: number,
  now: number,
): Registration | null {
  const ending = <T extends Waiting>(method: T): T => ({
    ...method,
    endsAt,
    ...(waitsUntil(method, now) === null ? {} : { countsFrom: endsAt }),
  });
  const orNull = <T extends Waiting>(method: T | null): T | null => method && ending(method);
  const { mobile, officePhone, email, authenticator, questions, recoveryCodes } = registration;
  const [first] = [registration[what]].flat();
  if (first == null || endsAtOf(first) !== null) return null;
  switch (what) {
    case "mobile":
      return { ...registration, mobile: orNull(mobile) };
    case "officePhone":
      return { ...registration, officePhone: orNull(officePhone) };
    case "email":
      return { ...registration, email: orNull(email) };
    case "authenticator":
      return { ...registration, authenticator: orNull(authenticator) };
    case "questions":
      return { ...registration, questions: questions.map(ending) };
    case "recoveryCodes":
      return { ...registration, recoveryCodes: recoveryCodes.map(ending) };
  }
}

/** The mark of a method that is added now. */
export const waitingFor = (holdHours: number, now: number): Waiting =>
  holdHours === 0 ? {} : { countsFrom: now + holdHours * HOUR_MS };
