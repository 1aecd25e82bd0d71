/** Why are you here: forgotten, or locked out? */
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { sessionForm } from "../../session-form.ts";
import { problemBox, progress, stopForm, unavailableNotice } from "./parts.ts";
import type { ScreenFacts, StepScreen } from "./view.ts";

export function reasonPage(
  context: PageContext,
  { problem, userName, version }: StepScreen<"reason">,
  { csrf, available }: ScreenFacts,
): Page {
  const { texts } = context;
  const { reason } = texts;
  const form = { csrf, version };
  return {
    title: reason.title,
    body: html`${progress(texts, 1)}
      <h1>${reason.title}</h1>
      <p class="lead">${reason.forUser}: <bdi>${userName}</bdi></p>
      ${!available && unavailableNotice(texts)} ${problemBox(context, problem)}
      ${sessionForm(
        form,
        "/reset/reason",
        html`<fieldset class="options">
            <legend>${reason.legend}</legend>
            <label class="option"
              ><input type="radio" name="reason" value="forgot" required checked /><span
                ><strong>${reason.forgot}</strong><small>${reason.forgotHint}</small></span
              ></label
            >
            <label class="option"
              ><input type="radio" name="reason" value="locked" required /><span
                ><strong>${reason.locked}</strong><small>${reason.lockedHint}</small></span
              ></label
            >
          </fieldset>
          <div class="actions"><button class="button">${reason.next}</button></div>`,
      )}
      ${stopForm(context, form)}`,
  };
}
