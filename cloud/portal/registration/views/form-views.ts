/** Forms that the overview links to: a phone number, an email address, security questions. */
import type { Channel } from "../../../../shared/methods.ts";
import { exampleNumber } from "../../../../shared/phone.ts";
import { MAX_ANSWER_LENGTH } from "../../../methods/answers.ts";
import { QUESTION_IDS, QUESTION_TEXTS } from "../../../methods/question-texts.ts";
import { field, inputField, radioGroup, radioOption } from "../../field.ts";
import { attribute, type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { PROBLEM_ID, submitButton } from "../../parts.ts";
import { sessionForm } from "../../session-form.ts";
import { cancelForm, problemOf } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

export function numberPage(
  view: View,
  { problem, overview, phoneRegion }: StepScreen<"overview">,
  what: "mobile" | "officePhone",
): Page {
  const { number } = view.words;
  const isMobile = what === "mobile";
  const { national, international } = exampleNumber(phoneRegion);
  const title = isMobile ? number.titleMobile : number.titleOffice;
  const channels = overview.items.find((item) => item.what === what)?.channels ?? [];
  const refused = problem?.kind === "number_invalid" || problem?.kind === "number_premium" ? problem : null;
  return {
    title,
    failed: refused !== null,
    body: html`<h1>${title}</h1>
      <p class="lead">${isMobile ? number.leadMobile : number.leadOffice}</p>
      ${problemOf(view, problem)}
      ${sessionForm(
        view.form,
        "/register/add",
        html`<input type="hidden" name="what" value="${what}" /> ${inputField({
            id: "value",
            label: number.label,
            hint: number.hint(national, international),
            problemId: refused === null ? null : PROBLEM_ID,
            attributes: {
              class: "number",
              type: "tel",
              inputmode: "tel",
              autocomplete: isMobile ? "tel" : "work tel",
              maxlength: 64,
              required: true,
              value: refused?.field === what ? refused.typed : "",
            },
          })}
          ${channelChoice(view, channels)} ${submitButton(number.send)}`,
      )}
      ${cancelForm(view)}`,
  };
}

/** Asks how to send the code, unless there is only one channel. */
function channelChoice({ words: { number } }: View, channels: readonly Channel[]): Html {
  const [first, ...others] = channels;
  if (others.length === 0) return html`<input type="hidden" name="channel" value="${first ?? "text"}" />`;
  return radioGroup(
    number.legend,
    channels.map((channel) =>
      radioOption({
        name: "channel",
        value: channel,
        isChecked: channel === first,
        title: channel === "call" ? number.call : number.text,
      }),
    ),
  );
}

export function emailPage(view: View, { problem }: StepScreen<"overview">): Page {
  const { email } = view.words;
  const refused = problem?.kind === "email_invalid" || problem?.kind === "email_is_account" ? problem : null;
  return {
    title: email.title,
    failed: refused !== null,
    body: html`<h1>${email.title}</h1>
      <p class="lead">${email.lead}</p>
      ${problemOf(view, problem)}
      ${sessionForm(
        view.form,
        "/register/add",
        html`<input type="hidden" name="what" value="email" />
          <input type="hidden" name="channel" value="email" />
          ${inputField({
            id: "value",
            label: email.label,
            problemId: refused === null ? null : PROBLEM_ID,
            attributes: {
              type: "email",
              inputmode: "email",
              autocomplete: "email",
              maxlength: 254,
              required: true,
              value: refused?.typed ?? "",
            },
          })}
          ${submitButton(email.send)}`,
      )}
      ${cancelForm(view)}`,
  };
}

export function questionsPage(view: View, { problem, rules }: StepScreen<"overview">): Page {
  const { questions } = view.words;
  const count = rules.questions.register;
  const fields = Array.from({ length: count }, (_, at) => questionFields(view, at));
  return {
    title: questions.title,
    failed: problem !== null,
    body: html`<h1>${questions.title}</h1>
      <p class="lead">${questions.lead(count)}</p>
      ${problemOf(view, problem)}
      <p>${questions.advice}</p>
      ${sessionForm(view.form, "/register/questions/save", html`${fields} ${submitButton(questions.save)}`)}
      ${cancelForm(view)}`,
  };
}

/** Each line has a different question selected, so that a user who accepts them all need not choose. */
function questionFields({ words: { questions }, language }: View, at: number): Html {
  const [questionId, answerId] = [`question.${at}`, `answer.${at}`];
  const options = QUESTION_IDS.map(
    (id, index) =>
      html`<option value="${id}" ${attribute("selected", index === at)}>
        ${QUESTION_TEXTS[language][id]}
      </option>`,
  );
  return html`${field(
    { id: questionId, label: questions.question(at + 1) },
    html`<select id="${questionId}" name="${questionId}">
      ${options}
    </select>`,
  )}
  ${inputField({
    id: answerId,
    label: questions.answer(at + 1),
    attributes: { autocomplete: "off", spellcheck: "false", maxlength: MAX_ANSWER_LENGTH, required: true },
  })}`;
}
