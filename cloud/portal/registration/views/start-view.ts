/** The first page of the registration portal, and of changing a password. */
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { isStartRefused, startForm, type StartScreen } from "../../start-form-view.ts";
import { REGISTRATION_TEXTS } from "../texts/all.ts";

export function startPage(context: PageContext, screen: StartScreen, goal: "register" | "change"): Page {
  const { start } = REGISTRATION_TEXTS[context.language];
  const [title, lead] =
    goal === "register" ? [start.register, start.registerLead] : [start.change, start.changeLead];
  const goalField = html`<input type="hidden" name="goal" value="${goal}" />`;
  return {
    title,
    screen: "start",
    failed: isStartRefused(screen),
    body: html`<h1>${title}</h1>
      <p class="lead">${lead}</p>
      ${startForm(context, "/register/start", screen, goalField)}`,
  };
}
