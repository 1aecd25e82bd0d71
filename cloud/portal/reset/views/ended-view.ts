/** The page after a session: it expired, the user closed it, or something else ended it. */
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { endedEarly } from "../../parts.ts";
import type { SessionEnd } from "../../session-pages.ts";

export function endedPage({ texts: { ended } }: PageContext, end: SessionEnd): Page {
  const title = end.closed ? ended.closedTitle : ended.title;
  const lead = end.closed ? ended.closedLead : ended.lead;
  const cause = end.closed ? null : end.cause;
  return {
    title,
    screen: "ended",
    body: html`<h1>${title}</h1>
      ${cause === null ? html`<p class="lead">${lead}</p>` : endedEarly(ended, cause)}
      <p><a class="button${end.closed && " secondary"}" href="/reset">${ended.startAgain}</a></p>`,
  };
}
