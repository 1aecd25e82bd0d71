/** Signing in, and the wait for the directory's answer. The same for every user name. */
import { type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { linkForm, PROBLEM_ID, REFRESH_SECONDS, submitButton, waitingFor } from "../../parts.ts";
import { currentPasswordField, sealAttributes, sealedInputs } from "../../password-fields.ts";
import { sessionForm } from "../../session-form.ts";
import { problemOf, signOutForm } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

const POLL_MS = 600;

export function signInPage(view: View, { problem, userName }: StepScreen<"password">): Page {
  const { signIn } = view.words;
  return {
    title: signIn.title,
    body: html`<h1>${signIn.title}</h1>
      ${problemOf(view, problem)}
      ${sessionForm(
        view.form,
        "/register/sign-in",
        html`${sealedInputs(userName)} ${userFacts(view, userName)}
        ${currentPasswordField(view, {
          name: "password",
          label: signIn.password,
          hint: signIn.passwordHint,
          problemId: problem === null ? null : PROBLEM_ID,
          isInvalid: isAboutPassword(problem?.kind),
        })}
        ${submitButton(signIn.submit)}`,
        sealAttributes(view, "/register/draft", "password"),
      )}
      ${otherWays(view)}`,
  };
}

/** Shows which user is signing in. */
export const userFacts = ({ words }: View, userName: string): Html =>
  html`<dl class="facts">
    <dt>${words.signIn.userName}</dt>
    <dd>${userName}</dd>
  </dl>`;

/** Links for a user who cannot sign in, or who is not the one named on the page. */
export const otherWays = ({ words: { signIn }, texts, form }: View): Html =>
  html`<p><a href="/reset">${signIn.forgot}</a></p>
    <p><a href="/register/contact">${texts.contact.title}</a></p>
    ${linkForm(form, "/register/other", signIn.differentUser)}`;

const isAboutPassword = (kind: string | undefined): boolean =>
  kind === "sign_in_refused" || kind === "password_empty" || kind === "password_too_long";

export function checkingPage(view: View): Page {
  const { checking } = view.words;
  return {
    title: checking.title,
    refreshSeconds: REFRESH_SECONDS,
    body: html`<h1>${checking.title}</h1>
      ${waitingFor("/register", POLL_MS, { sentences: [checking.lead], reload: checking.refresh })}
      ${signOutForm(view)}`,
  };
}
