/** What the two portals have in common about a visit: its key, the browser it comes from, whom to turn to for help. */
import { MINUTE_MS } from "../../shared/durations.ts";
import type { Language } from "../../shared/language.ts";
import type { Secret } from "../../shared/secret.ts";

/** What the cookie holds. The secret's digest is in the attempt's record; it changes with every proof. */
export interface SessionKey {
  readonly tenantId: string;
  /** The attempt's id: in logs, audit and mails. */
  readonly id: string;
  /** 256 bits, base64url. */
  readonly secret: Secret;
}

export interface Visitor {
  /** Of the browser, proxies considered. */
  readonly address: string;
  readonly language: Language;
}

export interface Contact {
  readonly url: string | null;
  /** Does "ask an administrator" send a mail? */
  readonly byMail: boolean;
}

const IDLE_MS = 5 * MINUTE_MS;
const ABSOLUTE_MS = 15 * MINUTE_MS;

/** Looking at a screen is not an action: it does not extend a visit. */
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
