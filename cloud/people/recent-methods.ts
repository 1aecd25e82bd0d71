/** The methods that were registered or confirmed lately, for their owner to look over after a reset. Pure. */
import { DAY_MS } from "../../shared/durations.ts";
import type { Method } from "../../shared/methods.ts";
import { maskAddress, maskNumber } from "../methods/mask.ts";
import type { Registration } from "../store/registration-record.ts";

export interface RecentMethod {
  readonly method: Method;
  /** Masked; null where there is nothing to show. */
  readonly shown: string | null;
  /** Epoch ms. */
  readonly at: number;
}

const RECENT_MS = 30 * DAY_MS;

const METHOD_OF_FIELD = { mobile: "text", officePhone: "office_call", alternateEmail: "email" } as const;

/** Newest first. Methods that still wait are among them. */
export function recentMethods(onFile: Registration, now: number): RecentMethod[] {
  const { mobile, officePhone, email, authenticator, questions, recoveryCodes, confirmedSynced } = onFile;
  const all: { readonly method: Method; readonly shown: string | null; readonly at: number | undefined }[] = [
    { method: "text", shown: mobile && maskNumber(mobile.number), at: mobile?.confirmedAt },
    {
      method: "office_call",
      shown: officePhone && maskNumber(officePhone.number),
      at: officePhone?.confirmedAt,
    },
    { method: "email", shown: email && maskAddress(email.address), at: email?.confirmedAt },
    { method: "authenticator", shown: null, at: authenticator?.confirmedAt },
    { method: "questions", shown: null, at: questions[0]?.addedAt },
    { method: "recovery_code", shown: null, at: recoveryCodes[0]?.addedAt },
    ...confirmedSynced.map(({ field, value, at }) => ({
      method: METHOD_OF_FIELD[field],
      shown: field === "alternateEmail" ? maskAddress(value) : maskNumber(value),
      at,
    })),
  ];
  return all
    .flatMap(({ at, ...method }) => (at === undefined || now - at >= RECENT_MS ? [] : [{ ...method, at }]))
    .sort((one, other) => other.at - one.at);
}

/** As a fact of a notice; empty when there are none, so that its line is left out. */
export const recentFact = (recent: readonly RecentMethod[]): { readonly recent?: string } =>
  recent.length === 0 ? {} : { recent: JSON.stringify(recent) };
