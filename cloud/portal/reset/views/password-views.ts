/** The last step: a new password or the unlock, and the wait for the directory's answer. */
import type { ResetProblem } from "../../../reset/reset-service.ts";
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { PROBLEM_ID, REFRESH_SECONDS, submitButton, waitingFor } from "../../parts.ts";
import { newPasswordFields, ruleList, sealAttributes, sealedInputs } from "../../password-fields.ts";
import { sessionForm } from "../../session-form.ts";
import { problemOf, progress, stopForm } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

const POLL_MS = 1_000;

export function passwordPage(view: View, screen: StepScreen<"password">): Page {
  const { texts, brand, form } = view;
  const { problem, rule, names, userName } = screen;
  return {
    title: texts.password.title,
    body: html`${progress(texts, 3)}
      <h1>${texts.password.title}</h1>
      <p class="lead">${texts.password.lead}</p>
      ${problemOf(view, problem)} ${ruleList(view, rule)}
      ${sessionForm(
        form,
        "/reset/password",
        html`${sealedInputs(userName)}
        ${newPasswordFields(view, {
          words: [...names, brand.name],
          problemId: isAboutPassword(problem) ? PROBLEM_ID : null,
        })}
        ${submitButton(texts.password.next)}`,
        sealAttributes(view, "/reset/draft", "newPassword"),
      )}
      ${stopForm(view)}`,
  };
}

function isAboutPassword(problem: ResetProblem | null): boolean {
  return problem !== null && problem.kind !== "not_applied" && problem.kind !== "stale";
}

export function unlockPage(view: View, { problem }: StepScreen<"unlock">): Page {
  const { texts, form } = view;
  const { unlock } = texts;
  return {
    title: unlock.title,
    body: html`${progress(texts, 3)}
      <h1>${unlock.title}</h1>
      <p class="lead">${unlock.lead}</p>
      ${problemOf(view, problem)} ${sessionForm(form, "/reset/unlock", submitButton(unlock.next))}
      ${stopForm(view)}`,
  };
}

/** Under attack, a person with one method waits before the password may be set. */
export function pausedPage({ texts, now }: View, { until }: StepScreen<"paused">): Page {
  const { paused, waiting } = texts;
  return {
    title: paused.title,
    refreshSeconds: Math.max(1, Math.ceil((until - now) / 1_000)),
    body: html`${progress(texts, 3)}
      <h1>${paused.title}</h1>
      ${waitingFor("/reset", POLL_MS, {
        sentences: [paused.lead, waiting.keepOpen],
        reload: waiting.refresh,
      })}`,
  };
}

export function waitingPage({ texts }: View, { operation }: StepScreen<"waiting">): Page {
  const { waiting } = texts;
  return {
    title: waiting.title,
    refreshSeconds: REFRESH_SECONDS,
    body: html`${progress(texts, 3)}
      <h1>${waiting.title}</h1>
      ${waitingFor("/reset", POLL_MS, {
        sentences: [waiting[operation], waiting.keepOpen],
        reload: waiting.refresh,
      })}`,
  };
}
