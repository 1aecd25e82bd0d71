/** Who are you? Before anything is known, so it is the same for everybody. */
import type { CaptchaQuestion } from "../../captcha.ts";
import { captchaAttributes, captchaInputs } from "../../captcha-fields.ts";
import type { ErrorTexts } from "../../error-page.ts";
import { type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { userNameField } from "../../user-name-field.ts";
import { progress, unavailableNotice } from "./parts.ts";

export interface StartScreen {
  readonly csrf: string;
  readonly question: CaptchaQuestion;
  /** Can anything be reset now? */
  readonly available: boolean;
  /** As typed before; empty the first time. */
  readonly userName: string;
  /** What is wrong with the name; null: nothing. */
  readonly nameError: string | null;
  /** What else went wrong. */
  readonly problem: (ErrorTexts & { readonly contactUrl: string | null }) | null;
}

export function startPage(context: PageContext, screen: StartScreen): Page {
  const { texts } = context;
  const { start } = texts;
  return {
    title: start.title,
    screen: "start",
    failed: screen.problem !== null || screen.nameError !== null,
    body: html`${progress(texts, 1)}
      <h1>${start.title}</h1>
      <p class="lead">${start.lead}</p>
      ${!screen.available && unavailableNotice(texts)} ${problemOf(context, screen)}
      <form method="post" action="/reset/start" ${captchaAttributes(context)}>
        <input type="hidden" name="csrf" value="${screen.csrf}" />
        ${userNameField(start, { value: screen.userName, error: screen.nameError })}
        ${captchaInputs(context, screen.question)}
        <div class="actions"><button class="button">${start.next}</button></div>
      </form>`,
  };
}

function problemOf({ texts }: PageContext, { problem, nameError }: StartScreen): Html | null {
  if (nameError !== null)
    return html`<div class="problem" role="alert" tabindex="-1">
      <p><a href="#userName">${nameError}</a></p>
    </div>`;
  if (problem === null) return null;
  return html`<div class="problem" role="alert" tabindex="-1">
    <h2>${problem.title}</h2>
    <p>${problem.lead}</p>
    ${
      problem.contactUrl !== null &&
      html`<p><a href="${problem.contactUrl}" rel="noopener noreferrer">${texts.contact.link}</a></p>`
    }
  </div>`;
}
