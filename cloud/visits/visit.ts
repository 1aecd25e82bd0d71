/** Types and times that visits at both portals have in common. */
import type { Policy } from "../../shared/api/policy.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import type { Language } from "../../shared/language.ts";
import type { Secret } from "../../shared/secret.ts";

/** The contents of the cookie. The record holds the digest of the secret, which changes with every proof. */
export interface SessionKey {
  readonly tenantId: string;
  /** Id of the visit, also in logs, audit and emails. */
  readonly id: string;
  /** 256 bits, base64url. */
  readonly secret: Secret;
}

export interface Visitor {
  /** Address of the browser, proxies considered. */
  readonly address: string;
  readonly language: Language;
}

/** How a visitor reaches an administrator. */
export interface Contact {
  readonly url: string | null;
  /** True when "ask an administrator" sends an email. */
  readonly byMail: boolean;
}

export const contactOf = ({ contact: { url, emails } }: Pick<Policy, "contact">): Contact => ({
  url: url ?? null,
  byMail: emails.length > 0,
});

const IDLE_MS = 5 * MINUTE_MS;
const ABSOLUTE_MS = 15 * MINUTE_MS;

/** Viewing a screen is not an action, so it does not extend a visit. */
export interface VisitTimes {
  readonly startedAt: number;
  /** The last action of the visitor. */
  readonly usedAt: number;
}

/** A visit ends five minutes after its last action, and fifteen after its start in any case. */
export const hasEnded = ({ startedAt, usedAt }: VisitTimes, now: number): boolean =>
  now >= startedAt + ABSOLUTE_MS || now >= usedAt + IDLE_MS;

/** Milliseconds for which its record may be kept, however active the visitor is. */
export const timeLeft = ({ startedAt }: Pick<VisitTimes, "startedAt">, now: number): number =>
  startedAt + ABSOLUTE_MS - now;
