/**
 * Methods that wait before they count. Who adds a method with the password alone may be somebody who has only the password, so
 * the method counts after the time for which a changed number is held. Pure.
 */
import { HOUR_MS } from "../../shared/durations.ts";
import type { Registration, Waiting } from "../store/registration-record.ts";

const countsAt =
  (now: number) =>
  ({ countsFrom = 0 }: Waiting): boolean =>
    countsFrom <= now;

/** Removes what does not count yet. A waiting number of one's own then does not hide the directory's either. */
export function countingAt(registration: Registration, now: number): Registration {
  const counts = countsAt(now);
  const only = <T extends Waiting>(method: T | null): T | null =>
    method !== null && counts(method) ? method : null;
  return {
    ...registration,
    mobile: only(registration.mobile),
    officePhone: only(registration.officePhone),
    email: only(registration.email),
    authenticator: only(registration.authenticator),
    questions: registration.questions.filter(counts),
    recoveryCodes: registration.recoveryCodes.filter(counts),
    confirmedSynced: registration.confirmedSynced.filter(counts),
  };
}

/** Until when a method waits, in epoch ms; null when it counts. */
export const waitsUntil = (method: Waiting | null | undefined, now: number): number | null =>
  method?.countsFrom !== undefined && method.countsFrom > now ? method.countsFrom : null;

/** The mark of a method that is added now. */
export const waitingFor = (holdHours: number, now: number): Waiting =>
  holdHours === 0 ? {} : { countsFrom: now + holdHours * HOUR_MS };
