/** Markup that several screens of the registration portal share. */
import type { Done, RegistrationProblem } from "../../../registration/session.ts";
import { type Html, html } from "../../html.ts";
import { linkForm, titledProblem } from "../../parts.ts";
import { refusalSentence, verdictSentence } from "../../password-fields.ts";
import type { View } from "./view.ts";

export function problemOf(view: View, problem: RegistrationProblem | null): Html | null {
  return problem === null ? null : titledProblem(problemTitle(view, problem), problemSentence(view, problem));
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
            done.kind === "proven" || done.kind === "reviewed" || done.what === null
              ? words.done[done.kind === "proven" ? "proven" : "reviewed"]
              : words.done[done.kind](words.names[done.what])
          }
        </p>
      </div>`;

/** Returns to the overview without doing anything. */
export const cancelForm = (view: View, label = view.words.cancel): Html =>
  linkForm(view.form, "/register/cancel", label);

export const signOutForm = ({ form, words }: View): Html => linkForm(form, "/register/end", words.signOut);
