/** Asks for a code: one that was sent (or appears to have been), one from the authenticator app, or a recovery code. */
import { codeForm, minutesLeft, resendForm } from "../../code-form.ts";
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { Texts } from "../../texts/texts.ts";
import { anotherWay, captchaOf, problemOf, progress, stopForm } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

export function codePage(view: View, screen: StepScreen<"code">): Page {
  const { texts, form, now } = view;
  const { code } = texts;
  const { problem, expiresAt } = screen;
  const [title, lead] = words(texts, screen);
  return {
    title,
    body: html`${progress(texts, 2)}
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
      ${problemOf(view, problem)}
      ${codeForm(form, "/reset/code", {
        label: code.label,
        hint: code.hint(minutesLeft(expiresAt, now)),
        button: code.next,
        problem,
        isNumeric: true,
        captcha: captchaOf(view, screen.work),
      })}
      ${resendForm(form, "/reset/resend", code, { ...screen, now })} ${anotherWay(view)} ${stopForm(view)}`,
  };
}

export function enterPage(view: View, { problem, method, needsNextCode, work }: StepScreen<"enter">): Page {
  const { texts, form } = view;
  const { enter } = texts;
  const isApp = method === "authenticator";
  const leadOfApp = needsNextCode ? enter.leadNextCode : enter.leadAuthenticator;
  const title = isApp ? enter.titleAuthenticator : enter.titleRecovery;
  return {
    title,
    body: html`${progress(texts, 2)}
      <h1>${title}</h1>
      <p class="lead">${isApp ? leadOfApp : enter.leadRecovery}</p>
      ${problemOf(view, problem)}
      ${codeForm(form, "/reset/code", {
        label: enter.label,
        hint: null,
        button: enter.next,
        problem,
        isNumeric: isApp,
        captcha: captchaOf(view, work),
      })}
      ${anotherWay(view)} ${stopForm(view)}`,
  };
}

function words(
  { code }: Texts,
  { method, lastDigits }: StepScreen<"code">,
): readonly [title: string, lead: string] {
  switch (method) {
    case "call":
    case "office_call":
      return [code.titleCall, code.leadCall(lastDigits ?? "")];
    case "email":
      return [code.titleEmail, code.leadEmail];
    case "text":
    case "authenticator":
    case "recovery_code":
    case "questions":
      return [code.titleText, code.leadText(lastDigits ?? "")];
  }
}
