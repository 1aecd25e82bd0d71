/** Changing the password: the form, the moment until the directory has answered, and what came of it. */
import type { RegistrationProblem } from "../../../registration/session.ts";
import { type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import {
  newPasswordFields,
  presentPasswordField,
  ruleList,
  sealAttributes,
  sealedInputs,
} from "../../password-fields.ts";
import { sessionForm } from "../../session-form.ts";
import { cancelForm, PROBLEM_ID, problemBox, signOutForm } from "./parts.ts";
import { waysOut } from "./sign-in-views.ts";
import type { StepScreen, View } from "./view.ts";

const REFRESH_SECONDS = 2;
const LOOK_EVERY_MS = 1_000;

/** For who came to change it: the old one signs in as well, and is typed once. */
export function signInAndChangePage(view: View, { problem, userName }: StepScreen<"password">): Page {
  const { change, signIn } = view.words;
  return {
    title: change.title,
    body: html`<h1>${change.title}</h1>
      <p class="lead">${change.lead}</p>
      ${problemBox(view, problem)}
      <dl class="facts">
        <dt>${signIn.forUser}</dt>
        <dd>${userName}</dd>
      </dl>
      ${passwordForm(view, {
        address: "/change/at-once",
        attributes: html` data-sign-in="/change/sign-in" data-sign-in-draft="/register/draft"
        data-signed-in-action="/change/password"`,
        hint: signIn.passwordHint,
        userName,
        problem,
        names: [],
      })}
      <p class="hint">${change.rulesLater}</p>
      ${waysOut(view)}`,
  };
}

/** For who is signed in. */
export function changePage(view: View, { problem, userName, rule, names }: StepScreen<"overview">): Page {
  const { change } = view.words;
  return {
    title: change.title,
    failed: problem !== null,
    body: html`<h1>${change.title}</h1>
      <p class="lead">${change.lead}</p>
      ${problemBox(view, problem)} ${ruleList(view, rule)}
      ${passwordForm(view, {
        address: "/change/password",
        attributes: null,
        hint: change.again,
        userName,
        problem,
        names,
      })}
      ${cancelForm(view, change.back)} ${signOutForm(view)}`,
  };
}

function passwordForm(
  view: View,
  form: {
    readonly address: string;
    readonly attributes: Html | null;
    readonly hint: string;
    readonly userName: string;
    readonly problem: RegistrationProblem | null;
    readonly names: readonly string[];
  },
): Html {
  const { change } = view.words;
  const about = fieldOf(form.problem);
  return sessionForm(
    view.form,
    form.address,
    html`${sealedInputs(form.userName)}
      ${presentPasswordField(view, {
        name: "oldPassword",
        label: change.oldPassword,
        hint: form.hint,
        describedBy: about === "old" ? PROBLEM_ID : null,
        isInvalid: about === "old",
      })}
      ${newPasswordFields(view, {
        words: [...form.names, view.brand.name],
        describedBy: about === "new" ? PROBLEM_ID : null,
      })}
      <div class="actions"><button class="button">${change.submit}</button></div>`,
    html`${sealAttributes(view, "/change/draft", "oldPassword,newPassword")}${form.attributes}`,
  );
}

/** Which field a problem is about; null: none of them. */
function fieldOf(problem: RegistrationProblem | null): "old" | "new" | null {
  if (problem === null) return null;
  if (problem.kind === "sign_in_refused") return "old";
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
