/** The page after a session: it expired, the user signed out, or something else ended it. */
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { endedEarly } from "../../parts.ts";
import type { SessionEnd } from "../../session-pages.ts";
import { REGISTRATION_TEXTS } from "../texts/all.ts";

export function endedPage({ language }: PageContext, end: SessionEnd): Page {
  const { ended } = REGISTRATION_TEXTS[language];
  const cause = end.closed ? null : end.cause;
  return {
    title: ended.title,
    screen: "ended",
    body: html`<h1>${ended.title}</h1>
      ${cause === null ? html`<p class="lead">${ended.lead}</p>` : endedEarly(ended, cause)}
      <div class="actions">
        <a class="button" href="/register">${ended.signInAgain}</a>
        <a class="button secondary" href="/">${ended.home}</a>
      </div>`,
  };
}
