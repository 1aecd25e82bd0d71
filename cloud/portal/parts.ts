/** Markup that pages of both portals share. */
import type { EpochCause } from "../store/person-epochs.ts";
import { type Html, html, type Renderable } from "./html.ts";
import { type SessionForm, sessionForm } from "./session-form.ts";

/** Id of the problem box. The fields a problem is about name it in aria-describedby. */
export const PROBLEM_ID = "problem";

/** Renders the problem with the form just sent. The script moves the focus here. */
export const problemBox = (content: Renderable): Html =>
  html`<div class="problem" role="alert" tabindex="-1" id="${PROBLEM_ID}">${content}</div>`;

export const titledProblem = (title: string, sentence: string, below: Renderable = null): Html =>
  problemBox(
    html`<h2>${title}</h2>
      <p>${sentence}</p>
      ${below}`,
  );

/** Renders the result of an action: its heading, then one paragraph for each sentence. */
export const outcome = (
  tone: "good" | "unclear" | "bad",
  title: string,
  sentences: readonly (string | false)[],
): Html =>
  html`<div class="outcome ${tone}">
    <h1>${title}</h1>
    ${sentences.map((sentence) => sentence !== false && html`<p>${sentence}</p>`)}
  </div>`;

/** Says why a session ended before its time, and what to do if that was not expected. */
export const endedEarly = (
  texts: { readonly causes: Readonly<Record<EpochCause, string>>; readonly notYou: string },
  cause: EpochCause,
): Html =>
  html`<p class="lead">${texts.causes[cause]}</p>
    <p>${texts.notYou}</p>`;

/** Renders the main button of a form. */
export const submitButton = (label: string): Html =>
  html`<div class="actions"><button class="button">${label}</button></div>`;

/** Renders a form that is nothing but a button and looks like a link. */
export const linkForm = (form: SessionForm, action: string, label: string): Html =>
  sessionForm(form, action, html`<button class="link">${label}</button>`, html` class="inline"`);

/** Seconds after which a browser without script reloads a page that waits. */
export const REFRESH_SECONDS = 2;

/** Renders a wait for the directory. The script polls `path` and loads it once the screen has changed. */
export const waitingFor = (
  path: string,
  everyMs: number,
  { sentences, reload }: { readonly sentences: readonly string[]; readonly reload: string },
): Html =>
  html`<div class="waiting" role="status" data-waiting="${path}" data-waiting-every="${everyMs}">
      ${sentences.map((sentence) => html`<p>${sentence}</p>`)}
    </div>
    <p><a href="${path}">${reload}</a></p>`;

export const showTime = (language: string, at: number): string =>
  `${new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(new Date(at))} UTC`;

export const showDate = (language: string, at: number): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(at));
