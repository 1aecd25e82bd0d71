/** The first page of a reset. */
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { isStartRefused, startForm, type StartScreen } from "../../start-form-view.ts";
import { progress, unavailableNotice } from "./parts.ts";

export function startPage(context: PageContext, screen: StartScreen, isAvailable: boolean): Page {
  const { texts } = context;
  return {
    title: texts.start.title,
    screen: "start",
    failed: isStartRefused(screen),
    body: html`${progress(texts, 1)}
      <h1>${texts.start.title}</h1>
      <p class="lead">${texts.start.lead}</p>
      ${!isAvailable && unavailableNotice(texts)} ${startForm(context, "/reset/start", screen)}`,
  };
}
