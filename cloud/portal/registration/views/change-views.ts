/** Changing the password: the form, the wait for the directory's answer, and the result. */
import type { RegistrationProblem } from "../../../registration/session.ts";
import { type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { outcome, PROBLEM_ID, REFRESH_SECONDS, submitButton, waitingFor } from "../../parts.ts";
import {
  currentPasswordField,
  newPasswordFields,
  ruleList,
  sealAttributes,
  sealedInputs,
} from "../../password-fields.ts";
import { sessionForm } from "../../session-form.ts";
import { cancelForm, problemOf, signOutForm } from "./parts.ts";
import { otherWays, userFacts } from "./sign-in-views.ts";
import type { StepScreen, View } from "./view.ts";

const POLL_MS = 1_000;

/** Renders the form for a user who is not signed in yet. The old password also signs in, so it is typed once. */
export function signInAndChangePage(view: View, { problem, userName }: StepScreen<"password">): Page {
  const { change, signIn } = view.words;
  return {
    title: change.title,
    body: html`<h1>${change.title}</h1>
      <p class="lead">${change.lead}</p>
      ${problemOf(view, problem)} ${userFacts(view, userName)}
      ${passwordForm(view, {
        action: "/change/at-once",
        attributes: html` data-sign-in="/change/sign-in" data-sign-in-draft="/register/draft"
        data-signed-in-action="/change/password"`,
        hint: signIn.passwordHint,
        userName,
        problem,
        names: [],
      })}
      <p class="hint">${change.rulesLater}</p>
      ${otherWays(view)}`,
  };
}

/** Renders the form for a user who is signed in. */
export function changePage(view: View, screen: StepScreen<"overview">): Page {
  const { change } = view.words;
  const { problem, userName, rule, names, mustChange } = screen;
  return {
    title: change.title,
    failed: problem !== null,
    body: html`<h1>${change.title}</h1>
      <p class="lead">${change.lead}</p>
      ${
        mustChange &&
        html`<div class="notice warn">
          <p>${change.mustChange}</p>
        </div>`
      }
      ${problemOf(view, problem)} ${ruleList(view, rule)}
      ${passwordForm(view, {
        action: "/change/password",
        attributes: null,
        hint: change.oldPasswordAgain,
        userName,
        problem,
        names,
      })}
      ${!mustChange && cancelForm(view, change.back)} ${signOutForm(view)}`,
  };
}

interface PasswordForm {
  readonly action: string;
  /** Further attributes of the form's tag. */
  readonly attributes: Html | null;
  /** Hint of the old password. */
  readonly hint: string;
  readonly userName: string;
  readonly problem: RegistrationProblem | null;
  /** Names of the user, for the strength meter. */
  readonly names: readonly string[];
}

function passwordForm(view: View, form: PasswordForm): Html {
  const { change } = view.words;
  const about = fieldOf(form.problem);
  return sessionForm(
    view.form,
    form.action,
    html`${sealedInputs(form.userName)}
    ${currentPasswordField(view, {
      name: "oldPassword",
      label: change.oldPassword,
      hint: form.hint,
      problemId: about === "old" ? PROBLEM_ID : null,
    })}
    ${newPasswordFields(view, {
      words: [...form.names, view.brand.name],
      problemId: about === "new" ? PROBLEM_ID : null,
    })}
    ${submitButton(change.submit)}`,
    html`${sealAttributes(view, "/change/draft", "oldPassword,newPassword")}${form.attributes}`,
  );
}

/** Tells which password a problem concerns; null when it concerns neither. */
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
      ${waitingFor("/register", POLL_MS, { sentences: [changing.lead], reload: changing.refresh })}`,
  };
}

export function changedPage(view: View, { verdict, signInAgain }: StepScreen<"changed">): Page {
  const { changed, ended } = view.words;
  const mustChange = verdict.mustChange && view.texts.done.mustChange;
  return {
    title: changed.title,
    body: html`${outcome("good", changed.title, [changed.lead, mustChange, changed.unexpectedMessage])}
    ${continueForm(view, signInAgain ? ended.signInAgain : changed.toOverview)} ${signOutForm(view)}`,
  };
}

export function unclearPage(view: View): Page {
  const { unclear } = view.words;
  return {
    title: unclear.title,
    body: html`${outcome("unclear", unclear.title, [unclear.lead])} ${continueForm(view, unclear.continue)}
    ${signOutForm(view)}`,
  };
}

const continueForm = (view: View, label: string): Html =>
  sessionForm(view.form, "/register/cancel", submitButton(label));
