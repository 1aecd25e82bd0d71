/** The form that both portals begin with. It is the same for every user name: nothing is known about the user yet. */
import { MAX_USER_NAME } from "../../shared/user-names.ts";
import type { CaptchaQuestion } from "./captcha.ts";
import { captchaAttributes, captchaInputs } from "./captcha-fields.ts";
import type { ErrorTexts } from "./error-page.ts";
import { inputField } from "./field.ts";
import { type Html, html, type Renderable } from "./html.ts";
import type { PageContext } from "./page-context.ts";
import { problemBox, submitButton, titledProblem } from "./parts.ts";
import { domainOf } from "./portal-tenants.ts";

export interface StartScreen {
  readonly csrf: string;
  readonly question: CaptchaQuestion;
  /** As typed before; empty on the first visit. */
  readonly userName: string;
  /** The problem with the user name; null when there is none. */
  readonly nameError: string | null;
  /** Any other problem. */
  readonly problem: (ErrorTexts & { readonly contactUrl: string | null }) | null;
}

export const isStartRefused = ({ problem, nameError }: StartScreen): boolean =>
  problem !== null || nameError !== null;

/** Renders the problem, if there is one, and the form. `hidden`: further hidden fields. */
export function startForm(
  context: PageContext,
  action: string,
  screen: StartScreen,
  hidden: Renderable = null,
): Html {
  const { start } = context.texts;
  const { csrf, question, userName, nameError } = screen;
  const errorId = "userName-error";
  return html`${startProblem(context, screen)}
    <form method="post" action="${action}" ${captchaAttributes(context, challengeAddress(userName))}>
      <input type="hidden" name="csrf" value="${csrf}" />${hidden}
      ${inputField(
        {
          id: "userName",
          label: start.userName,
          hint: start.userNameHint,
          problemId: nameError === null ? null : errorId,
          attributes: {
            value: userName,
            autocomplete: "username",
            autocapitalize: "none",
            spellcheck: "false",
            maxlength: MAX_USER_NAME,
            required: true,
          },
        },
        nameError !== null && html`<p class="error" id="${errorId}">${nameError}</p>`,
      )}
      ${captchaInputs(context, question)} ${submitButton(start.next)}
    </form>`;
}

/** The tenant of a user name that was typed already may ask for more work than the page first did. */
const challengeAddress = (userName: string): string => {
  const domain = domainOf(userName);
  return domain === "" ? "/captcha" : `/captcha?for=${encodeURIComponent(domain)}`;
};

function startProblem({ texts }: PageContext, { problem, nameError }: StartScreen): Html | null {
  if (nameError !== null) return problemBox(html`<p><a href="#userName">${nameError}</a></p>`);
  if (problem === null) return null;
  const { title, lead, contactUrl } = problem;
  return titledProblem(
    title,
    lead,
    contactUrl !== null &&
      html`<p><a href="${contactUrl}" rel="noopener noreferrer">${texts.contact.link}</a></p>`,
  );
}
