/** What came of it: done, not certain, not possible here, or closed for a while. */
import { HOUR_MS } from "../../../../shared/durations.ts";
import { contactWays } from "../../contact-view.ts";
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { sessionForm } from "../../session-form.ts";
import { progress } from "./parts.ts";
import type { ScreenFacts, StepScreen } from "./view.ts";

export function donePage(
  context: PageContext,
  { operation, verdict, version }: StepScreen<"done">,
  { csrf }: ScreenFacts,
): Page {
  const { done } = context.texts;
  const [title, lead] =
    operation === "reset" ? [done.titleReset, done.leadReset] : [done.titleUnlock, done.leadUnlock];
  return {
    title,
    body: html`${progress(context.texts, 4)}
      <div class="outcome good">
        <h1>${title}</h1>
        <p>${lead}</p>
        ${verdict.mustChange && html`<p>${done.mustChange}</p>`}
        <p>${done.mail}</p>
      </div>
      ${closeForm(context, csrf, version)}`,
  };
}

export function unclearPage(
  context: PageContext,
  { operation, version }: StepScreen<"unclear">,
  { csrf }: ScreenFacts,
): Page {
  const { unclear } = context.texts;
  return {
    title: unclear.title,
    body: html`${progress(context.texts, 4)}
      <div class="outcome unclear">
        <h1>${unclear.title}</h1>
        <p>${unclear[operation]}</p>
        <p>${unclear.later}</p>
      </div>
      ${closeForm(context, csrf, version)}`,
  };
}

/** Shown after a proof only: it says what is the matter with the account. */
export function impossiblePage(
  context: PageContext,
  { reason, contact, version, attemptId }: StepScreen<"impossible">,
  { csrf }: ScreenFacts,
): Page {
  const { texts } = context;
  const { impossible } = texts;
  const sentences = { ...texts.refusals, ...impossible };
  return {
    title: impossible.title,
    body: html`<div class="outcome bad">
        <h1>${impossible.title}</h1>
        <p>${sentences[reason]}</p>
        ${reason in impossible && html`<p>${impossible.askAdministrator}</p>`}
      </div>
      ${contactWays(context, "/reset", contact)}
      <p class="small">${texts.site.requestId(attemptId)}</p>
      ${closeForm(context, csrf, version)}`,
  };
}

export function blockedPage(
  context: PageContext,
  { until, contact, version }: StepScreen<"blocked">,
  { csrf, now }: ScreenFacts,
): Page {
  const { blocked } = context.texts;
  return {
    title: blocked.title,
    body: html`<div class="outcome bad">
        <h1>${blocked.title}</h1>
        <p>${blocked.lead} ${blocked.again(Math.max(1, Math.ceil((until - now) / HOUR_MS)))}</p>
        <p>${blocked.account}</p>
      </div>
      ${contactWays(context, "/reset", contact)} ${closeForm(context, csrf, version)}`,
  };
}

const closeForm = ({ texts }: PageContext, csrf: string, version: number) =>
  sessionForm(
    { csrf, version },
    "/reset/end",
    html`<div class="actions"><button class="button secondary">${texts.done.close}</button></div>`,
  );
