/** What the two portals have in common about a visit: its key, the browser it comes from, whom to turn to for help. */
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
