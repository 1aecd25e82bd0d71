/** Changing the password: the form, the moment until the directory has answered, and what came of it. */
import type { RegistrationProblem } from "../../../registration/session.ts";
import { attribute, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { newPasswordFields, ruleList, sealAttributes, showAttribute } from "../../password-fields.ts";
import { sessionForm } from "../../session-form.ts";
import { cancelForm, problemBox, PROBLEM_ID, signOutForm } from "./parts.ts";
import type { StepScreen, View } from "./view-context.ts";

const REFRESH_SECONDS = 2;
const LOOK_EVERY_MS = 1_000;

export function changePage(view: View, { problem, userName, rule, names }: StepScreen<"overview">): Page {
  const { change } = view.words;
  const about = fieldOf(problem);
  return {
    title: change.title,
    failed: problem !== null,
    body: html`<h1>${change.title}</h1>
      <p class="lead">${change.lead}</p>
      ${problemBox(view, problem)} ${ruleList(view, rule)}
      ${sessionForm(
        view.form,
        "/change/password",
        html`<input type="hidden" name="sealed" value="" />
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
            <label for="oldPassword">${change.oldPassword}</label>
            <p class="hint" id="oldPassword-hint">${change.again}</p>
            <input
              id="oldPassword"
              name="oldPassword"
              type="password"
              autocomplete="current-password"
              autocapitalize="none"
              spellcheck="false"
              required
              aria-describedby="oldPassword-hint${about === "old" && ` ${PROBLEM_ID}`}"
              ${attribute("aria-invalid", about === "old" ? "true" : null)}
              ${showAttribute(view)}
            />
          </div>
          ${newPasswordFields(view, {
            words: [...names, view.brand.name],
            describedBy: about === "new" ? PROBLEM_ID : null,
          })}
          <div class="actions"><button class="button">${change.submit}</button></div>`,
        sealAttributes(view, "/change/draft", "oldPassword,newPassword"),
      )}
      ${cancelForm(view, change.back)} ${signOutForm(view)}`,
  };
}

/** Which field a problem is about; null: none of them. */
function fieldOf(problem: RegistrationProblem | null): "old" | "new" | null {
  if (problem === null) return null;
  if (problem.kind === "password_refused")
    return problem.verdict.code === "OLD_PASSWORD_WRONG" ? "old" : "new";
  return ABOUT_NEW.has(problem.kind) ? "new" : null;
}
const ABOUT_NEW: ReadonlySet<string> = new Set(["password_empty", "password_too_long", "passwords_differ"]);

export function changingPage({ words: { changing } }: View): Page {
  return {
    title: changing.title,
    refreshSeconds: REFRESH_SECONDS,
    body: html`<h1>${changing.title}</h1>
      <div class="waiting" role="status" data-waiting="/register" data-waiting-every="${LOOK_EVERY_MS}">
        <p>${changing.lead}</p>
      </div>
      <p><a href="/register">${changing.reload}</a></p>`,
  };
}

export function changedPage(view: View, { verdict }: StepScreen<"changed">): Page {
  const { changed } = view.words;
  return {
    title: changed.title,
    body: html`<div class="outcome good">
        <h1>${changed.title}</h1>
        <p>${changed.lead}</p>
        ${verdict.mustChange && html`<p>${view.texts.done.mustChange}</p>`}
        <p>${changed.mail}</p>
      </div>
      ${goOn(view, changed.toOverview)} ${signOutForm(view)}`,
  };
}

export function unclearPage(view: View): Page {
  const { unclear } = view.words;
  return {
    title: unclear.title,
    body: html`<div class="outcome unclear">
        <h1>${unclear.title}</h1>
        <p>${unclear.lead}</p>
      </div>
      ${goOn(view, unclear.goOn)} ${signOutForm(view)}`,
  };
}

const goOn = (view: View, label: string) =>
  sessionForm(
    view.form,
    "/register/cancel",
    html`<div class="actions"><button class="button">${label}</button></div>`,
  );
