/** Asks for a method of proof. Until the first proof the methods are those of the tenant, not those of the user. */
import { isSentMethod } from "../../../../shared/methods.ts";
import type { MethodOption } from "../../../reset/reset-service.ts";
import { inputField, radioGroup, radioOption } from "../../field.ts";
import { type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { PROBLEM_ID, submitButton } from "../../parts.ts";
import { sessionForm } from "../../session-form.ts";
import type { Texts } from "../../texts/texts.ts";
import { problemOf, progress, stopForm, unavailableNotice } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

export function choosePage(
  view: View,
  { problem, proven, options, typedNumber }: StepScreen<"choose">,
): Page {
  const { texts, form, isAvailable, chosenMethod } = view;
  const { choose } = texts;
  const [title, lead] = proven === 0 ? [choose.title, choose.lead] : [choose.titleSecond, choose.leadSecond];
  // The refused method is selected again; otherwise the first one, in the order of the policy.
  const selected = options.find(({ method }) => method === chosenMethod) ?? options[0];
  const isInvalid = problem?.kind === "number_invalid";
  return {
    title,
    body: html`${progress(texts, 2)}
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
      ${!isAvailable && unavailableNotice(texts)} ${problemOf(view, problem)}
      ${
        options.length > 0 &&
        sessionForm(
          form,
          "/reset/method",
          html`${radioGroup(
            choose.legend,
            options.map((option) =>
              methodOption(
                texts,
                option,
                option === selected,
                isInvalid && option === selected ? (typedNumber ?? "") : null,
              ),
            ),
          )}
          ${submitButton(choose.next)}`,
        )
      }
      <p><a href="/reset/contact">${choose.cannotUseAny}</a></p>
      ${stopForm(view)}`,
  };
}

/** `refused`: the number that was refused for this method; null when none was. */
function methodOption(texts: Texts, option: MethodOption, isSelected: boolean, refused: string | null): Html {
  const { method, lastDigits } = option;
  return html`${radioOption({
    name: "method",
    value: method,
    isChecked: isSelected,
    title: texts.methods[method],
    hint: explanation(texts, option),
  })}
  ${
    lastDigits !== null &&
    isSentMethod(method) &&
    html`<div class="option-detail">
      ${inputField({
        id: `number-${method}`,
        name: `number.${method}`,
        label: texts.choose.number,
        hint: texts.choose.numberHint(lastDigits),
        problemId: refused === null ? null : PROBLEM_ID,
        attributes: {
          class: "number",
          type: "tel",
          inputmode: "tel",
          autocomplete: method === "office_call" ? "work tel" : "tel",
          maxlength: 64,
          value: refused ?? "",
        },
      })}
    </div>`
  }`;
}

function explanation({ choose }: Texts, { method, lastDigits }: MethodOption): string {
  switch (method) {
    case "text":
    case "call":
    case "office_call":
      return lastDigits === null ? "" : choose.toNumber(lastDigits);
    case "email":
      return choose.byEmail;
    case "authenticator":
      return choose.byApp;
    case "recovery_code":
      return choose.byRecoveryCode;
    case "questions":
      return choose.byQuestions;
  }
}
