/** Signing in, and the moment until the directory has answered. The same for every name. */
import { type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { presentPasswordField, sealAttributes, sealedInputs } from "../../password-fields.ts";
import { sessionForm } from "../../session-form.ts";
import { PROBLEM_ID, problemBox, signOutForm } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

const REFRESH_SECONDS = 2;
const LOOK_EVERY_MS = 600;

export function signInPage(view: View, { problem, userName }: StepScreen<"password">): Page {
  const { signIn } = view.words;
  return {
    title: signIn.title,
    body: html`<h1>${signIn.title}</h1>
      ${problemBox(view, problem)}
      ${sessionForm(
        view.form,
        "/register/sign-in",
        html`${sealedInputs(userName)}
          <dl class="facts">
            <dt>${signIn.forUser}</dt>
            <dd>${userName}</dd>
          </dl>
          ${presentPasswordField(view, {
            name: "password",
            label: signIn.password,
            hint: signIn.passwordHint,
            describedBy: problem === null ? null : PROBLEM_ID,
            isInvalid: isAboutPassword(problem?.kind),
          })}
          <div class="actions"><button class="button">${signIn.submit}</button></div>`,
        sealAttributes(view, "/register/draft", "password"),
      )}
      ${waysOut(view)}`,
  };
}

/** For who cannot sign in, or is somebody else. */
export const waysOut = (view: View): Html => {
  const { signIn } = view.words;
  return html`<p><a href="/reset">${signIn.forgot}</a></p>
    <p><a href="/register/contact">${view.texts.contact.title}</a></p>
    ${sessionForm(
      view.form,
      "/register/other",
      html`<button class="link">${signIn.other}</button>`,
      html` class="inline"`,
    )}`;
};

const isAboutPassword = (kind: string | undefined): boolean =>
  kind === "sign_in_refused" || kind === "password_empty" || kind === "password_too_long";

export function checkingPage(view: View): Page {
  const { checking } = view.words;
  return {
    title: checking.title,
    refreshSeconds: REFRESH_SECONDS,
    body: html`<h1>${checking.title}</h1>
      <div class="waiting" role="status" data-waiting="/register" data-waiting-every="${LOOK_EVERY_MS}">
        <p>${checking.lead}</p>
      </div>
      <p><a href="/register">${checking.reload}</a></p>
      ${signOutForm(view)}`,
  };
}
