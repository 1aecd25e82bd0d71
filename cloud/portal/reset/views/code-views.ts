/** Typing a code: one that was sent, or so it seems; one of the app; or a saved one. */
import { codeForm, minutesLeft, resendForm } from "../../code-form.ts";
import { type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { type SessionForm, sessionForm } from "../../session-form.ts";
import type { Texts } from "../../texts/texts.ts";
import { PROBLEM_ID, problemBox, progress, stopForm } from "./parts.ts";
import type { ScreenFacts, StepScreen } from "./view.ts";

export function codePage(context: PageContext, screen: StepScreen<"code">, facts: ScreenFacts): Page {
  const { texts } = context;
  const { code } = texts;
  const [title, lead] = words(texts, screen);
  const form = { csrf: facts.csrf, version: screen.version };
  return {
    title,
    body: html`${progress(texts, 2)}
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
      ${problemBox(context, screen.problem)}
      ${codeForm(form, "/reset/code", {
        label: code.label,
        hint: code.hint(minutesLeft(screen.expiresAt, facts.now)),
        button: code.next,
        problemId: isAboutCode(screen.problem?.kind) ? PROBLEM_ID : null,
        digits: true,
      })}
      ${resendForm(form, "/reset/resend", code, { ...screen, now: facts.now })} ${anotherWay(context, form)}
      ${stopForm(context, form)}`,
  };
}

export function enterPage(context: PageContext, screen: StepScreen<"enter">, { csrf }: ScreenFacts): Page {
  const { enter } = context.texts;
  const isApp = screen.method === "authenticator";
  const title = isApp ? enter.titleAuthenticator : enter.titleRecovery;
  const form = { csrf, version: screen.version };
  return {
    title,
    body: html`${progress(context.texts, 2)}
      <h1>${title}</h1>
      <p class="lead">${isApp ? enter.leadAuthenticator : enter.leadRecovery}</p>
      ${problemBox(context, screen.problem)}
      ${codeForm(form, "/reset/code", {
        label: enter.label,
        hint: null,
        button: enter.next,
        problemId: isAboutCode(screen.problem?.kind) ? PROBLEM_ID : null,
        digits: isApp,
      })}
      ${anotherWay(context, form)} ${stopForm(context, form)}`,
  };
}

const isAboutCode = (kind: string | undefined): boolean => kind === "wrong_code" || kind === "code_expired";

export const anotherWay = ({ texts }: PageContext, form: SessionForm): Html =>
  sessionForm(
    form,
    "/reset/again",
    html`<button class="link">${texts.code.another}</button>`,
    html` class="inline"`,
  );

function words({ code }: Texts, { method, lastDigits }: StepScreen<"code">): readonly [string, string] {
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
