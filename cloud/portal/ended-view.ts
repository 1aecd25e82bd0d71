/** The session is over: by time, or because the person closed it. */
import { html } from "./html.ts";
import type { Page } from "./layout.ts";
import type { PageContext } from "./page-context.ts";

/** `again`: where one begins anew. */
export function endedPage(
  { texts: { ended } }: PageContext,
  { closed, again }: { readonly closed: boolean; readonly again: string },
): Page {
  const [title, lead] = closed ? [ended.closedTitle, ended.closedLead] : [ended.title, ended.lead];
  return {
    title,
    screen: "ended",
    body: html`<h1>${title}</h1>
      <p class="lead">${lead}</p>
      <p><a class="button${closed && " secondary"}" href="${again}">${ended.again}</a></p>`,
  };
}
