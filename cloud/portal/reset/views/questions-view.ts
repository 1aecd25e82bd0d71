/** Asks the security questions that the user chose at registration. They are never the first proof. */
import { isQuestionId, QUESTION_TEXTS } from "../../../methods/question-texts.ts";
import { inputField } from "../../field.ts";
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { PROBLEM_ID, submitButton } from "../../parts.ts";
import { sessionForm } from "../../session-form.ts";
import { anotherWay, problemOf, progress, stopForm } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

export function questionsPage(view: View, { problem, questionIds }: StepScreen<"questions">): Page {
  const { texts, language, form } = view;
  const fields = questionIds.filter(isQuestionId).map((id) =>
    inputField({
      id: `answer-${id}`,
      name: `answer.${id}`,
      label: QUESTION_TEXTS[language][id],
      problemId: problem?.kind === "wrong_answers" ? PROBLEM_ID : null,
      attributes: {
        required: true,
        maxlength: 256,
        autocomplete: "off",
        autocapitalize: "none",
        spellcheck: "false",
      },
    }),
  );
  return {
    title: texts.questions.title,
    body: html`${progress(texts, 2)}
      <h1>${texts.questions.title}</h1>
      <p class="lead">${texts.questions.lead}</p>
      ${problemOf(view, problem)}
      ${sessionForm(form, "/reset/questions", html`${fields} ${submitButton(texts.questions.next)}`)}
      ${anotherWay(view)} ${stopForm(view)}`,
  };
}
