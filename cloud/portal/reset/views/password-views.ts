/** The last step: a new password, or the unlock, and the moment until the directory has answered. */
import type { ResetProblem } from "../../../reset/reset-service.ts";
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { newPasswordFields, ruleList, sealAttributes, sealedInputs } from "../../password-fields.ts";
import { sessionForm } from "../../session-form.ts";
import { PROBLEM_ID, problemBox, progress, stopForm } from "./parts.ts";
import type { ScreenFacts, StepScreen } from "./view.ts";

const REFRESH_SECONDS = 2;
const LOOK_EVERY_MS = 1_000;

export function passwordPage(
  context: PageContext,
  { problem, version, rule, names, userName }: StepScreen<"password">,
  { csrf }: ScreenFacts,
): Page {
  const { texts, brand } = context;
  const form = { csrf, version };
  return {
    title: texts.password.title,
    body: html`${progress(texts, 3)}
      <h1>${texts.password.title}</h1>
      <p class="lead">${texts.password.lead}</p>
      ${problemBox(context, problem)} ${ruleList(context, rule)}
      ${sessionForm(
        form,
        "/reset/password",
        html`${sealedInputs(userName)}
          ${newPasswordFields(context, {
            words: [...names, brand.name],
            describedBy: isAboutPassword(problem) ? PROBLEM_ID : null,
          })}
          <div class="actions"><button class="button">${texts.password.next}</button></div>`,
        sealAttributes(context, "/reset/draft", "newPassword"),
      )}
      ${stopForm(context, form)}`,
  };
}

function isAboutPassword(problem: ResetProblem | null): boolean {
  return problem !== null && problem.kind !== "not_applied" && problem.kind !== "stale";
}

export function unlockPage(
  context: PageContext,
  { problem, version }: StepScreen<"unlock">,
  { csrf }: ScreenFacts,
): Page {
  const { unlock } = context.texts;
  const form = { csrf, version };
  return {
    title: unlock.title,
    body: html`${progress(context.texts, 3)}
      <h1>${unlock.title}</h1>
      <p class="lead">${unlock.lead}</p>
      ${problemBox(context, problem)}
      ${sessionForm(
        form,
        "/reset/unlock",
        html`<div class="actions"><button class="button">${unlock.next}</button></div>`,
      )}
      ${stopForm(context, form)}`,
  };
}

export function waitingPage({ texts }: PageContext, { operation }: StepScreen<"waiting">): Page {
  const { waiting } = texts;
  return {
    title: waiting.title,
    refreshSeconds: REFRESH_SECONDS,
    body: html`${progress(texts, 3)}
      <h1>${waiting.title}</h1>
      <div class="waiting" role="status" data-waiting="/reset" data-waiting-every="${LOOK_EVERY_MS}">
        <p>${waiting[operation]}</p>
        <p>${waiting.hint}</p>
      </div>
      <p><a href="/reset">${waiting.reload}</a></p>`,
  };
}
