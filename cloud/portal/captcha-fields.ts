/** The captcha in a form: hidden fields for the script, and a question in words for browsers without script. */
import { z } from "zod";
import type { CaptchaQuestion } from "./captcha.ts";
import { inputField } from "./field.ts";
import { type Html, html } from "./html.ts";
import type { PageContext } from "./page-context.ts";

/** Fields for the form's schema. */
export const captchaFields = {
  captcha: z.string().max(4096).default(""),
  captchaToken: z.string().max(1024).default(""),
  captchaAnswer: z.string().max(64).default(""),
} as const;

/** Attributes for the form's tag. `address`: where its script gets the challenge. */
export const captchaAttributes = ({ texts: { captcha } }: PageContext, address = "/captcha"): Html => {
  const { working, ready, failed } = captcha;
  return html` data-captcha="${address}" data-captcha-texts="${JSON.stringify({ working, ready, failed })}"`;
};

/** Fields for the form's body, before its button. */
export const captchaInputs = ({ texts }: PageContext, question: CaptchaQuestion): Html =>
  html`<input type="hidden" name="captcha" value="" />
    <p class="status" data-captcha-status role="status"></p>
    <div class="no-script-only" data-captcha-fallback>
      <input type="hidden" name="captchaToken" value="${question.token}" />
      ${inputField({
        id: "captchaAnswer",
        label: question.text,
        hint: texts.captcha.questionHint,
        attributes: { autocomplete: "off", maxlength: 64 },
      })}
    </div>`;
