/**
 * Keeps robots from trying names in bulk. A cost, not a test of being human: most people's browsers solve it unseen, and a
 * question in words is there for who has no script. Another captcha fits behind the same interface.
 */
import type { Language } from "../../shared/language.ts";

/** What a form sends of it; see captcha-fields.ts. */
export interface CaptchaAnswer {
  /** Of the script: base64 of the JSON {challenge, solution}; empty without script. */
  readonly captcha: string;
  readonly captchaToken: string;
  readonly captchaAnswer: string;
}

export interface CaptchaQuestion {
  readonly text: string;
  /** Goes back with the answer. */
  readonly token: string;
}

export interface Captcha {
  /** What GET /captcha answers: a fresh challenge, dearer for an address that begins often, and while codes are being guessed. */
  challenge(address: string, tenantId?: string | null): Promise<unknown>;
  question(language: Language): CaptchaQuestion;
  /** Each challenge and question is good once. `tenantId`: null when the user name named none. Throws CAPTCHA_INVALID, RATE_LIMITED. */
  check(
    answer: CaptchaAnswer,
    from: { readonly address: string; readonly tenantId: string | null },
  ): Promise<void>;
}
