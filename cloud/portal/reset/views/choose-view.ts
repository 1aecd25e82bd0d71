/** How do you want to prove who you are? The methods are the tenant's, not the person's, until the first proof. */
import { isSentMethod } from "../../../../shared/methods.ts";
import type { MethodOption } from "../../../reset/reset-service.ts";
import { attribute, type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { sessionForm } from "../../session-form.ts";
import type { Texts } from "../../texts/texts.ts";
import { PROBLEM_ID, problemBox, progress, stopForm, unavailableNotice } from "./parts.ts";
import type { ScreenFacts, StepScreen } from "./view.ts";

export function choosePage(
  context: PageContext,
  { problem, version, proven, options }: StepScreen<"choose">,
  { csrf, available, chosen }: ScreenFacts,
): Page {
  const { texts } = context;
  const { choose } = texts;
  const [title, lead] = proven === 0 ? [choose.title, choose.lead] : [choose.titleSecond, choose.leadSecond];
  const form = { csrf, version };
  // The one that was refused is chosen again; otherwise the first, as the policy puts them in order.
  const selected = options.find(({ method }) => method === chosen) ?? options[0];
  const invalid = problem?.kind === "number_invalid";
  return {
    title,
    body: html`${progress(texts, 2)}
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
      ${!available && unavailableNotice(texts)} ${problemBox(context, problem)}
      ${
        options.length > 0 &&
        sessionForm(
          form,
          "/reset/method",
          html`<fieldset class="options">
              <legend>${choose.legend}</legend>
              ${options.map((option) =>
                optionOf(texts, option, option === selected, invalid && option === selected),
              )}
            </fieldset>
            <div class="actions"><button class="button">${choose.next}</button></div>`,
        )
      }
      <p><a href="/reset/contact">${choose.none}</a></p>
      ${stopForm(context, form)}`,
  };
}

function optionOf(texts: Texts, option: MethodOption, isSelected: boolean, isInvalid: boolean): Html {
  const { method, lastDigits } = option;
  return html`<label class="option"
      ><input
        type="radio"
        name="method"
        value="${method}"
        required
        ${attribute("checked", isSelected)}
      /><span
        ><strong>${texts.methods[method]}</strong><small>${explanation(texts, option)}</small></span
      ></label
    >
    ${
      lastDigits !== null &&
      isSentMethod(method) &&
      html`<div class="option-detail">
        <div class="field">
          <label for="number-${method}">${texts.choose.number}</label>
          <p class="hint" id="number-${method}-hint">${texts.choose.numberHint(lastDigits)}</p>
          <input
            class="number"
            id="number-${method}"
            name="number.${method}"
            type="tel"
            inputmode="tel"
            autocomplete="${method === "office_call" ? "work tel" : "tel"}"
            maxlength="64"
            aria-describedby="number-${method}-hint${isInvalid && ` ${PROBLEM_ID}`}"
            ${attribute("aria-invalid", isInvalid ? "true" : null)}
          />
        </div>
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
