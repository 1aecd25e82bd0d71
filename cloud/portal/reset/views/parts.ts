/** Markup that several screens of the reset portal share. */
import type { ResetProblem } from "../../../reset/reset-service.ts";
import { captchaAttributes, captchaInputs } from "../../captcha-fields.ts";
import type { FormCaptcha } from "../../code-form.ts";
import { type Html, html } from "../../html.ts";
import type { PageContext } from "../../page-context.ts";
import { linkForm, titledProblem } from "../../parts.ts";
import { refusalSentence, verdictSentence } from "../../password-fields.ts";
import type { Texts } from "../../texts/texts.ts";
import type { View } from "./view.ts";

/**
 * User name, proof, new password or unlock, done. The number of proofs is not shown, because it may differ between
 * users.
 */
const STEPS = 4;
export const progress = ({ site }: Texts, step: 1 | 2 | 3 | 4): Html =>
  html`<p class="progress">${site.step(step, STEPS)}</p>`;

export const unavailableNotice = ({ start }: Texts): Html =>
  html`<div class="notice warn">
    <h2>${start.unavailable}</h2>
    <p>${start.unavailableHint}</p>
  </div>`;

export function problemOf(context: PageContext, problem: ResetProblem | null): Html | null {
  return problem === null ? null : titledProblem(...problemWords(context, problem));
}

function problemWords(
  { texts, language }: PageContext,
  problem: ResetProblem,
): readonly [title: string, sentence: string] {
  switch (problem.kind) {
    case "password_refused":
      return [texts.password.notAccepted, verdictSentence(texts, language, problem.verdict)];
    case "not_applied":
      return [texts.problems.not_applied, refusalSentence(texts, problem.code)];
    case "wrong_code":
    case "wrong_answers":
    case "code_expired":
    case "network_closed":
    case "work_needed":
    case "too_many_sends":
    case "resend_too_soon":
    case "number_invalid":
    case "method_used":
    case "stale":
    case "passwords_differ":
    case "password_empty":
    case "password_too_long":
      return [texts.problems.title, texts.problems[problem.kind]];
  }
}

/** The captcha of a form that checks a code or answers. Null while none is needed. */
export const captchaOf = (view: View, work: number): FormCaptcha | null =>
  work === 0
    ? null
    : {
        attributes: captchaAttributes(view, "/reset/captcha"),
        inputs: captchaInputs(view, view.question),
      };

export const anotherWay = ({ texts, form }: View): Html =>
  linkForm(form, "/reset/again", texts.code.differentMethod);

/** Ends the session. */
export const stopForm = ({ texts, form }: View): Html => linkForm(form, "/reset/end", texts.reason.cancel);
