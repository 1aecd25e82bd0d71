/** The page after a session, whether it expired or the user signed out. */
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { REGISTRATION_TEXTS } from "../texts/all.ts";

export function endedPage({ language }: PageContext): Page {
  const { ended } = REGISTRATION_TEXTS[language];
  return {
    title: ended.title,
    screen: "ended",
    body: html`<h1>${ended.title}</h1>
      <p class="lead">${ended.lead}</p>
      <div class="actions">
        <a class="button" href="/register">${ended.signInAgain}</a>
        <a class="button secondary" href="/">${ended.home}</a>
      </div>`,
  };
}
