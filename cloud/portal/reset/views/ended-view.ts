/** The page after a session, whether it expired or the user closed it. */
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";

export function endedPage({ texts: { ended } }: PageContext, isClosed: boolean): Page {
  const [title, lead] = isClosed ? [ended.closedTitle, ended.closedLead] : [ended.title, ended.lead];
  return {
    title,
    screen: "ended",
    body: html`<h1>${title}</h1>
      <p class="lead">${lead}</p>
      <p><a class="button${isClosed && " secondary"}" href="/reset">${ended.startAgain}</a></p>`,
  };
}
