/**
 * Keeps robots from trying user names in bulk. It is a cost rather than a test of being human: most browsers solve it
 * without the user noticing, and browsers without script get a question in words. Another captcha fits behind the
 * same interface.
 */
import type { Language } from "../../shared/language.ts";

/** Fields of a form that has a captcha (captcha-fields.ts). */
export interface CaptchaAnswer {
  /** From the script: base64 of the JSON {challenge, solution}. Empty without script. */
  readonly captcha: string;
  readonly captchaToken: string;
  readonly captchaAnswer: string;
}

export interface CaptchaQuestion {
  readonly text: string;
  /** Must be sent back with the answer. */
  readonly token: string;
}

/** Work within a visit. A challenge for it fits no other visit and no other amount. */
export interface VisitWork {
  readonly visitId: string;
  /** A multiple of the work of a start. */
  readonly factor: number;
}

export interface Captcha {
  /**
   * Creates a challenge. That of a start is harder for an address that begins often, and while the tenant is under
   * attack.
   */
  challenge(address: string, tenantId?: string | null, work?: VisitWork): Promise<unknown>;
  question(language: Language): CaptchaQuestion;
  /**
   * Accepts each challenge and question once. `tenantId`: null when the user name belongs to no tenant. Throws
   * CAPTCHA_INVALID, RATE_LIMITED.
   */
  check(
    answer: CaptchaAnswer,
    from: { readonly address: string; readonly tenantId: string | null },
    work?: VisitWork,
  ): Promise<void>;
}
