/** Who are you? As with a reset it is the same for everybody. */
import type { CaptchaQuestion } from "../../captcha.ts";
import { captchaAttributes, captchaInputs } from "../../captcha-fields.ts";
import type { ErrorTexts } from "../../error-page.ts";
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { userNameField } from "../../user-name-field.ts";
import type { RegistrationTexts } from "../texts/registration-texts.ts";

export interface StartScreen {
  readonly goal: "register" | "change";
  readonly csrf: string;
  readonly question: CaptchaQuestion;
  readonly userName: string;
  /** What is wrong with the name; null: nothing. */
  readonly nameError: string | null;
  readonly problem: ErrorTexts | null;
}

export function startPage(context: PageContext, words: RegistrationTexts, screen: StartScreen): Page {
  const { start } = context.texts;
  const { goal, nameError, problem } = screen;
  const [title, lead] =
    goal === "register"
      ? [words.start.register, words.start.registerLead]
      : [words.start.change, words.start.changeLead];
  return {
    title,
    screen: "start",
    failed: problem !== null || nameError !== null,
    body: html`<h1>${title}</h1>
      <p class="lead">${lead}</p>
      ${
        nameError !== null &&
        html`<div class="problem" role="alert" tabindex="-1">
          <p><a href="#userName">${nameError}</a></p>
        </div>`
      }
      ${
        problem !== null &&
        html`<div class="problem" role="alert" tabindex="-1">
          <h2>${problem.title}</h2>
          <p>${problem.lead}</p>
        </div>`
      }
      <form method="post" action="/register/start" ${captchaAttributes(context)}>
        <input type="hidden" name="csrf" value="${screen.csrf}" />
        <input type="hidden" name="goal" value="${goal}" />
        ${userNameField(start, { value: screen.userName, error: nameError })}
        ${captchaInputs(context, screen.question)}
        <div class="actions"><button class="button">${start.next}</button></div>
      </form>`,
  };
}
