/** Typing a code: one that was sent, or so it seems; one of the app; or a saved one. */
import { attribute, html, type Html } from "../html.ts";
import type { Page } from "../layout.ts";
import type { PageContext } from "../page-context.ts";
import { sessionForm, type SessionForm } from "../session-form.ts";
import type { Texts } from "../texts/texts.ts";
import { problemBox, PROBLEM_ID, progress, stopForm } from "./parts.ts";
import type { ScreenFacts, StepScreen } from "./step-screen.ts";

const MINUTE_MS = 60_000;

export function codePage(context: PageContext, screen: StepScreen<"code">, facts: ScreenFacts): Page {
  const { texts } = context;
  const { code } = texts;
  const [title, lead] = words(texts, screen);
  const form = { csrf: facts.csrf, version: screen.version };
  const minutes = Math.max(1, Math.ceil((screen.expiresAt - facts.now) / MINUTE_MS));
  return {
    title,
    body: html`${progress(texts, 2)}
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
      ${problemBox(context, screen.problem)}
      ${codeForm(form, {
        label: code.label,
        hint: code.hint(minutes),
        button: code.next,
        invalid: screen.problem?.kind === "wrong_code" || screen.problem?.kind === "code_expired",
        digits: true,
      })}
      ${
        screen.sendsLeft > 0
          ? sessionForm(
              form,
              "/reset/resend",
              html`<button
                  class="button secondary"
                  data-available-at="${screen.resendAt}"
                  data-now="${facts.now}"
                  data-available-text="${code.resendIn}"
                >
                  ${code.resend}
                </button>
                <p class="hint">${code.sendsLeft(screen.sendsLeft)}</p>`,
            )
          : html`<p class="hint">${code.noSendsLeft}</p>`
      }
      ${anotherWay(context, form)} ${stopForm(context, form)}`,
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
      ${codeForm(form, {
        label: enter.label,
        hint: null,
        button: enter.next,
        invalid: screen.problem?.kind === "wrong_code",
        digits: isApp,
      })}
      ${anotherWay(context, form)} ${stopForm(context, form)}`,
  };
}

const codeForm = (
  form: SessionForm,
  field: {
    readonly label: string;
    readonly hint: string | null;
    readonly button: string;
    readonly invalid: boolean;
    readonly digits: boolean;
  },
): Html =>
  sessionForm(
    form,
    "/reset/code",
    html`<div class="field">
        <label for="otp">${field.label}</label>
        ${field.hint !== null && html`<p class="hint" id="otp-hint">${field.hint}</p>`}
        <input
          class="code"
          id="otp"
          name="otp"
          required
          maxlength="64"
          spellcheck="false"
          ${
            field.digits
              ? html`inputmode="numeric" autocomplete="one-time-code"`
              : html`autocapitalize="characters" autocomplete="off"`
          }
          ${attribute("aria-describedby", describedBy(field.hint, field.invalid))}
          ${attribute("aria-invalid", field.invalid ? "true" : null)}
        />
      </div>
      <div class="actions"><button class="button">${field.button}</button></div>`,
  );

function describedBy(hint: string | null, invalid: boolean): string | null {
  const ids = [...(hint === null ? [] : ["otp-hint"]), ...(invalid ? [PROBLEM_ID] : [])];
  return ids.length === 0 ? null : ids.join(" ");
}

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
