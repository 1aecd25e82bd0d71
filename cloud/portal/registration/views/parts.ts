/** Pieces that several screens of the registration portal have. */
import type { Done, RegistrationProblem } from "../../../registration/session.ts";
import { type Html, html } from "../../html.ts";
import { refusalSentence, verdictSentence } from "../../password-fields.ts";
import { sessionForm } from "../../session-form.ts";
import type { View } from "./view.ts";

/** What aria-describedby of the fields in question names. */
export const PROBLEM_ID = "problem";

/** What went wrong with what was just sent; the script moves the focus here. */
export function problemBox(view: View, problem: RegistrationProblem | null): Html | null {
  if (problem === null) return null;
  return html`<div class="problem" role="alert" tabindex="-1" id="${PROBLEM_ID}">
    <h2>${problemTitle(view, problem)}</h2>
    <p>${problemSentence(view, problem)}</p>
  </div>`;
}

const problemTitle = ({ words }: View, { kind }: RegistrationProblem): string =>
  kind === "password_refused" || kind === "not_applied" ? words.change.notAccepted : words.problemTitle;

function problemSentence({ words, texts, language }: View, problem: RegistrationProblem): string {
  if (problem.kind === "password_refused") return verdictSentence(texts, language, problem.verdict);
  if (problem.kind === "not_applied") return refusalSentence(texts, problem.code);
  return words.problems[problem.kind];
}

export const doneNotice = ({ words }: View, done: Done | null): Html | null =>
  done === null
    ? null
    : html`<div class="notice good" role="status">
        <p>
          ${
            done.kind === "reviewed" || done.what === null
              ? words.done.reviewed
              : words.done[done.kind](words.names[done.what])
          }
        </p>
      </div>`;

/** Back to the overview, with nothing done. */
export const cancelForm = (view: View, label = view.words.cancel): Html =>
  sessionForm(
    view.form,
    "/register/cancel",
    html`<button class="link">${label}</button>`,
    html` class="inline"`,
  );

export const signOutForm = (view: View): Html =>
  sessionForm(
    view.form,
    "/register/end",
    html`<button class="link">${view.words.signOut}</button>`,
    html` class="inline"`,
  );

export const showDate = (language: string, at: number): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(at));
