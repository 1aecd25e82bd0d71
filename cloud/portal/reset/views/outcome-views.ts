/** The result of a reset: done, not confirmed, impossible, or blocked for some time. */
import { HOUR_MS } from "../../../../shared/durations.ts";
import type { RecentMethod } from "../../../people/recent-methods.ts";
import { contactWays } from "../../contact-view.ts";
import { type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { outcome, showDate } from "../../parts.ts";
import { sessionForm } from "../../session-form.ts";
import { progress } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

export function donePage(view: View, { operation, verdict, recent }: StepScreen<"done">): Page {
  const { done } = view.texts;
  const [title, lead] =
    operation === "reset" ? [done.titleReset, done.leadReset] : [done.titleUnlock, done.leadUnlock];
  return {
    title,
    body: html`${progress(view.texts, 4)}
    ${outcome("good", title, [lead, verdict.mustChange && done.mustChange, done.unexpectedMessage])}
    ${recent.length > 0 && recentList(view, recent)} ${closeForm(view)}`,
  };
}

/** Somebody who had the password may have added methods, to come back after this reset. */
const recentList = ({ texts, language }: View, recent: readonly RecentMethod[]): Html =>
  html`<h2>${texts.done.recentTitle}</h2>
    <p>${texts.done.recentLead}</p>
    <ul>
      ${recent.map(({ method, shown, at }) => {
        const name = shown === null ? texts.methods[method] : `${texts.methods[method]} ${shown}`;
        return html`<li>${texts.done.recentItem(name, showDate(language, at))}</li>`;
      })}
    </ul>`;

export function unclearPage(view: View, { operation }: StepScreen<"unclear">): Page {
  const { unclear } = view.texts;
  return {
    title: unclear.title,
    body: html`${progress(view.texts, 4)}
    ${outcome("unclear", unclear.title, [unclear[operation], unclear.willNotify])} ${closeForm(view)}`,
  };
}

/** Shown only after a proof, because it reveals the state of the account. */
export function impossiblePage(view: View, screen: StepScreen<"impossible">): Page {
  const { reason, contact, attemptId } = screen;
  const { impossible, refusals, site } = view.texts;
  const sentences = { ...refusals, ...impossible };
  return {
    title: impossible.title,
    body: html`${outcome("bad", impossible.title, [
        sentences[reason],
        reason in impossible && impossible.askAdministrator,
      ])}
      ${contactWays(view, "/reset", contact)}
      <p class="small">${site.requestId(attemptId)}</p>
      ${closeForm(view)}`,
  };
}

export function blockedPage(view: View, { until, contact }: StepScreen<"blocked">): Page {
  const { blocked } = view.texts;
  const hours = Math.max(1, Math.ceil((until - view.now) / HOUR_MS));
  return {
    title: blocked.title,
    body: html`${outcome("bad", blocked.title, [`${blocked.lead} ${blocked.tryAgain(hours)}`, blocked.accountNotAffected])}
    ${contactWays(view, "/reset", contact)} ${closeForm(view)}`,
  };
}

const closeForm = ({ texts, form }: View): Html =>
  sessionForm(
    form,
    "/reset/end",
    html`<div class="actions"><button class="button secondary">${texts.done.close}</button></div>`,
  );
