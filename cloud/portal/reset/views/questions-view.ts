/** Answering questions chosen at registration; never the first proof. */
import { isQuestionId, QUESTION_TEXTS } from "../../../methods/question-texts.ts";
import { attribute, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { sessionForm } from "../../session-form.ts";
import { anotherWay } from "./code-views.ts";
import { PROBLEM_ID, problemBox, progress, stopForm } from "./parts.ts";
import type { ScreenFacts, StepScreen } from "./view.ts";

export function questionsPage(
  context: PageContext,
  { problem, version, questionIds }: StepScreen<"questions">,
  { csrf }: ScreenFacts,
): Page {
  const { texts, language } = context;
  const form = { csrf, version };
  const invalid = problem?.kind === "wrong_answers";
  return {
    title: texts.questions.title,
    body: html`${progress(texts, 2)}
      <h1>${texts.questions.title}</h1>
      <p class="lead">${texts.questions.lead}</p>
      ${problemBox(context, problem)}
      ${sessionForm(
        form,
        "/reset/questions",
        html`${questionIds.filter(isQuestionId).map(
            (id) =>
              html`<div class="field">
                <label for="answer-${id}">${QUESTION_TEXTS[language][id]}</label>
                <input
                  id="answer-${id}"
                  name="answer.${id}"
                  required
                  maxlength="256"
                  autocomplete="off"
                  autocapitalize="none"
                  spellcheck="false"
                  ${attribute("aria-describedby", invalid ? PROBLEM_ID : null)}
                  ${attribute("aria-invalid", invalid ? "true" : null)}
                />
              </div>`,
          )}
          <div class="actions"><button class="button">${texts.questions.next}</button></div>`,
      )}
      ${anotherWay(context, form)} ${stopForm(context, form)}`,
  };
}
