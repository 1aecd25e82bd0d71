/** Asks the security questions that the user chose at registration. They are never the first proof. */
import { isQuestionId, QUESTION_TEXTS } from "../../../methods/question-texts.ts";
import { inputField } from "../../field.ts";
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { PROBLEM_ID, submitButton } from "../../parts.ts";
import { sessionForm } from "../../session-form.ts";
import { anotherWay, captchaOf, problemOf, progress, stopForm } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

export function questionsPage(view: View, { problem, questionIds, work }: StepScreen<"questions">): Page {
  const { texts, language, form } = view;
  const captcha = captchaOf(view, work);
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
      ${sessionForm(
        form,
        "/reset/questions",
        html`${fields} ${captcha?.inputs ?? null} ${submitButton(texts.questions.next)}`,
        captcha?.attributes ?? null,
      )}
      ${anotherWay(view)} ${stopForm(view)}`,
  };
}
