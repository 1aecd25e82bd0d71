/** The forms behind the overview: a number, an address, questions. */
import type { Channel } from "../../../../shared/methods.ts";
import { MAX_ANSWER_LENGTH } from "../../../methods/answers.ts";
import { QUESTION_IDS, QUESTION_TEXTS } from "../../../methods/question-texts.ts";
import { attribute, type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { sessionForm } from "../../session-form.ts";
import { cancelForm, PROBLEM_ID, problemBox } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

export function numberPage(
  view: View,
  { problem, overview }: StepScreen<"overview">,
  what: "mobile" | "officePhone",
): Page {
  const { number } = view.words;
  const isMobile = what === "mobile";
  const title = isMobile ? number.titleMobile : number.titleOffice;
  const channels = overview.items.find((item) => item.what === what)?.channels ?? [];
  const refused = problem?.kind === "number_invalid" || problem?.kind === "number_premium" ? problem : null;
  return {
    title,
    failed: refused !== null,
    body: html`<h1>${title}</h1>
      <p class="lead">${isMobile ? number.leadMobile : number.leadOffice}</p>
      ${problemBox(view, problem)}
      ${sessionForm(
        view.form,
        "/register/add",
        html`<input type="hidden" name="what" value="${what}" />
          <div class="field">
            <label for="value">${number.label}</label>
            <p class="hint" id="value-hint">${number.hint}</p>
            <input
              class="number"
              id="value"
              name="value"
              type="tel"
              inputmode="tel"
              autocomplete="${isMobile ? "tel" : "work tel"}"
              maxlength="64"
              required
              value="${refused?.field === what ? refused.typed : ""}"
              aria-describedby="value-hint${refused !== null && ` ${PROBLEM_ID}`}"
              ${attribute("aria-invalid", refused === null ? null : "true")}
            />
          </div>
          ${channelChoice(view, channels)}
          <div class="actions"><button class="button">${number.send}</button></div>`,
      )}
      ${cancelForm(view)}`,
  };
}

/** One way needs no choice. */
function channelChoice({ words: { number } }: View, channels: readonly Channel[]): Html {
  const [first, ...others] = channels;
  if (others.length === 0) return html`<input type="hidden" name="channel" value="${first ?? "text"}" />`;
  return html`<fieldset class="options">
    <legend>${number.legend}</legend>
    ${channels.map(
      (channel) =>
        html`<label class="option"
          ><input
            type="radio"
            name="channel"
            value="${channel}"
            required
            ${attribute("checked", channel === first)}
          /><span><strong>${channel === "call" ? number.call : number.text}</strong></span></label
        >`,
    )}
  </fieldset>`;
}

export function emailPage(view: View, { problem }: StepScreen<"overview">): Page {
  const { email } = view.words;
  const refused = problem?.kind === "email_invalid" || problem?.kind === "email_is_account" ? problem : null;
  return {
    title: email.title,
    failed: refused !== null,
    body: html`<h1>${email.title}</h1>
      <p class="lead">${email.lead}</p>
      ${problemBox(view, problem)}
      ${sessionForm(
        view.form,
        "/register/add",
        html`<input type="hidden" name="what" value="email" />
          <input type="hidden" name="channel" value="email" />
          <div class="field">
            <label for="value">${email.label}</label>
            <input
              id="value"
              name="value"
              type="email"
              inputmode="email"
              autocomplete="email"
              maxlength="254"
              required
              value="${refused?.typed ?? ""}"
              ${attribute("aria-describedby", refused === null ? null : PROBLEM_ID)}
              ${attribute("aria-invalid", refused === null ? null : "true")}
            />
          </div>
          <div class="actions"><button class="button">${email.send}</button></div>`,
      )}
      ${cancelForm(view)}`,
  };
}

export function questionsPage(view: View, { problem, rules }: StepScreen<"overview">): Page {
  const { questions } = view.words;
  const count = rules.questions.register;
  return {
    title: questions.title,
    failed: problem !== null,
    body: html`<h1>${questions.title}</h1>
      <p class="lead">${questions.lead(count)}</p>
      ${problemBox(view, problem)}
      <p>${questions.advice}</p>
      ${sessionForm(
        view.form,
        "/register/questions/save",
        html`${Array.from({ length: count }, (_, at) => questionFields(view, at))}
          <div class="actions"><button class="button">${questions.save}</button></div>`,
      )}
      ${cancelForm(view)}`,
  };
}

/** Each line begins with another question, so that nobody has to choose. */
function questionFields({ words: { questions }, language }: View, at: number): Html {
  return html`<div class="field">
      <label for="question.${at}">${questions.question(at + 1)}</label>
      <select id="question.${at}" name="question.${at}">
        ${QUESTION_IDS.map(
          (id, index) =>
            html`<option value="${id}" ${attribute("selected", index === at)}>
              ${QUESTION_TEXTS[language][id]}
            </option>`,
        )}
      </select>
    </div>
    <div class="field">
      <label for="answer.${at}">${questions.answer(at + 1)}</label>
      <input
        id="answer.${at}"
        name="answer.${at}"
        autocomplete="off"
        spellcheck="false"
        maxlength="${MAX_ANSWER_LENGTH}"
        required
      />
    </div>`;
}
