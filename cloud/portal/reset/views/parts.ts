/** Pieces that several screens of the reset have. */
import type { ResetProblem } from "../../../reset/reset-service.ts";
import { type Html, html } from "../../html.ts";
import type { PageContext } from "../../page-context.ts";
import { refusalSentence, verdictSentence } from "../../password-fields.ts";
import { type SessionForm, sessionForm } from "../../session-form.ts";
import type { Texts } from "../../texts/texts.ts";

/** Who you are, prove it, new password or unlock, done. How many proofs it takes does not show, since it may differ by person. */
const STEPS = 4;
export const progress = ({ site }: Texts, step: 1 | 2 | 3 | 4): Html =>
  html`<p class="progress">${site.step(step, STEPS)}</p>`;

export const unavailableNotice = ({ start }: Texts): Html =>
  html`<div class="notice warn">
    <h2>${start.unavailable}</h2>
    <p>${start.unavailableHint}</p>
  </div>`;

/** What aria-describedby of the fields in question names. */
export const PROBLEM_ID = "problem";

/** What went wrong with what was just sent; the script moves the focus here. */
export function problemBox({ texts, language }: PageContext, problem: ResetProblem | null): Html | null {
  if (problem === null) return null;
  const [title, sentence] = problemWords(texts, language, problem);
  return html`<div class="problem" role="alert" tabindex="-1" id="${PROBLEM_ID}">
    <h2>${title}</h2>
    <p>${sentence}</p>
  </div>`;
}

function problemWords(
  texts: Texts,
  language: PageContext["language"],
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

/** Ends the session; on every screen of it, small. */
export const stopForm = ({ texts }: PageContext, form: SessionForm): Html =>
  sessionForm(
    form,
    "/reset/end",
    html`<button class="link">${texts.reason.stop}</button>`,
    html` class="inline"`,
  );
