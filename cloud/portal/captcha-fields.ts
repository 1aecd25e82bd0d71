/** The captcha in a form: hidden fields for the script, a question in words where there is none. */
import { z } from "zod";
import type { CaptchaQuestion } from "./captcha.ts";
import { type Html, html } from "./html.ts";
import type { PageContext } from "./page-context.ts";

/** The fields, for the form's schema. */
export const captchaFields = {
  captcha: z.string().max(4096).default(""),
  captchaToken: z.string().max(1024).default(""),
  captchaAnswer: z.string().max(64).default(""),
} as const;

/** For the form's tag: ` data-captcha="/captcha" …`. */
export const captchaAttributes = ({ texts: { captcha } }: PageContext): Html => {
  const { working, ready, failed } = captcha;
  return html` data-captcha="/captcha" data-captcha-texts="${JSON.stringify({ working, ready, failed })}"`;
};

/** Before the form's button. */
export const captchaInputs = ({ texts }: PageContext, question: CaptchaQuestion): Html =>
  html`<input type="hidden" name="captcha" value="" />
    <p class="status" data-captcha-status role="status"></p>
    <div class="no-script-only" data-captcha-fallback>
      <input type="hidden" name="captchaToken" value="${question.token}" />
      <div class="field">
        <label for="captchaAnswer">${question.text}</label>
        <p class="hint" id="captchaAnswer-hint">${texts.captcha.questionHint}</p>
        <input
          id="captchaAnswer"
          name="captchaAnswer"
          autocomplete="off"
          maxlength="64"
          aria-describedby="captchaAnswer-hint"
        />
      </div>
    </div>`;
