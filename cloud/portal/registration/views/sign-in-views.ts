/** Signing in, and the moment until the directory has answered. The same for every name. */
import { attribute, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { sealAttributes, showAttribute } from "../../password-fields.ts";
import { sessionForm } from "../../session-form.ts";
import { problemBox, PROBLEM_ID, signOutForm } from "./parts.ts";
import type { StepScreen, View } from "./view-context.ts";

const REFRESH_SECONDS = 2;
const LOOK_EVERY_MS = 600;

export function signInPage(view: View, { problem, userName, goal }: StepScreen<"password">): Page {
  const { signIn } = view.words;
  return {
    title: signIn.title,
    body: html`<h1>${signIn.title}</h1>
      ${goal === "change" && html`<p class="lead">${view.words.start.changeLead}</p>`}
      ${problemBox(view, problem)}
      ${sessionForm(
        view.form,
        "/register/sign-in",
        html`<input type="hidden" name="sealed" value="" />
          <dl class="facts">
            <dt>${signIn.forUser}</dt>
            <dd>${userName}</dd>
          </dl>
          <input
            class="visually-hidden"
            type="text"
            autocomplete="username"
            value="${userName}"
            readonly
            tabindex="-1"
            aria-hidden="true"
          />
          <div class="field">
            <label for="password">${signIn.password}</label>
            <p class="hint" id="password-hint">${signIn.passwordHint}</p>
            <input
              id="password"
              name="password"
              type="password"
              autocomplete="current-password"
              autocapitalize="none"
              spellcheck="false"
              required
              aria-describedby="password-hint${problem !== null && ` ${PROBLEM_ID}`}"
              ${attribute("aria-invalid", isAboutPassword(problem?.kind) ? "true" : null)}
              ${showAttribute(view)}
            />
          </div>
          <div class="actions"><button class="button">${signIn.submit}</button></div>`,
        sealAttributes(view, "/register/draft", "password"),
      )}
      <p><a href="/reset">${signIn.forgot}</a></p>
      ${sessionForm(
        view.form,
        "/register/other",
        html`<button class="link">${signIn.other}</button>`,
        html` class="inline"`,
      )}`,
  };
}

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
