/** Asks for the reason: the password is forgotten, or the account is locked. */
import { radioGroup, radioOption } from "../../field.ts";
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { submitButton } from "../../parts.ts";
import { sessionForm } from "../../session-form.ts";
import { problemOf, progress, stopForm, unavailableNotice } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

export function reasonPage(view: View, { problem, userName }: StepScreen<"reason">): Page {
  const { texts, form, isAvailable } = view;
  const { reason } = texts;
  const option = (value: "forgot" | "locked", title: string, hint: string) =>
    radioOption({ name: "reason", value, isChecked: value === "forgot", title, hint });
  return {
    title: reason.title,
    body: html`${progress(texts, 1)}
      <h1>${reason.title}</h1>
      <p class="lead">${reason.userName}: <bdi>${userName}</bdi></p>
      ${!isAvailable && unavailableNotice(texts)} ${problemOf(view, problem)}
      ${sessionForm(
        form,
        "/reset/reason",
        html`${radioGroup(reason.legend, [
          option("forgot", reason.forgot, reason.forgotHint),
          option("locked", reason.locked, reason.lockedHint),
        ])}
        ${submitButton(reason.next)}`,
      )}
      ${stopForm(view)}`,
  };
}
