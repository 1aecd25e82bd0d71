/** Typing a code at either portal: the field for the code, and the button that sends it again. */
import { MINUTE_MS } from "../../shared/durations.ts";
import { MAX_PASTED_LENGTH } from "../../shared/typed-text.ts";
import { inputField } from "./field.ts";
import { type Html, html } from "./html.ts";
import { PROBLEM_ID, submitButton } from "./parts.ts";
import { type SessionForm, sessionForm } from "./session-form.ts";

export interface CodeField {
  readonly label: string;
  readonly hint: string | null;
  readonly button: string;
  /** The problem with the last form, whether it concerned the code or not. */
  readonly problem: { readonly kind: string } | null;
  /** True for digits only. Recovery codes have letters as well. */
  readonly isNumeric: boolean;
  /** The captcha, after several wrong codes. */
  readonly captcha?: FormCaptcha | null;
}

/** A captcha within a session: attributes of the form's tag, and its fields. */
export interface FormCaptcha {
  readonly attributes: Html;
  readonly inputs: Html;
}

export const codeForm = (form: SessionForm, action: string, code: CodeField): Html =>
  sessionForm(
    form,
    action,
    html`${inputField({
      id: "otp",
      label: code.label,
      hint: code.hint,
      problemId: isAboutCode(code.problem?.kind) ? PROBLEM_ID : null,
      attributes: {
        class: "code",
        required: true,
        maxlength: MAX_PASTED_LENGTH,
        spellcheck: "false",
        ...(code.isNumeric ? NUMERIC : ALPHANUMERIC),
      },
    })}
    ${code.captcha?.inputs ?? null} ${submitButton(code.button)}`,
    code.captcha?.attributes ?? null,
  );

const NUMERIC = { inputmode: "numeric", autocomplete: "one-time-code" } as const;
const ALPHANUMERIC = { autocapitalize: "characters", autocomplete: "off" } as const;

const isAboutCode = (kind: string | undefined): boolean => kind === "wrong_code" || kind === "code_expired";

/** Rounds the time until a code expires up to whole minutes. */
export const minutesLeft = (expiresAt: number, now: number): number =>
  Math.max(1, Math.ceil((expiresAt - now) / MINUTE_MS));

interface ResendWords {
  readonly resend: string;
  readonly resendIn: string;
  readonly sendsLeft: (count: number) => string;
  readonly noSendsLeft: string;
}
interface ResendState {
  readonly sendsLeft: number;
  readonly resendAt: number;
  readonly now: number;
}

/** The script disables the button and counts down until `resendAt`. */
export const resendForm = (
  form: SessionForm,
  action: string,
  words: ResendWords,
  { sendsLeft, resendAt, now }: ResendState,
): Html =>
  sendsLeft === 0
    ? html`<p class="hint">${words.noSendsLeft}</p>`
    : sessionForm(
        form,
        action,
        html`<button
            class="button secondary"
            data-available-at="${resendAt}"
            data-now="${now}"
            data-available-text="${words.resendIn}"
          >
            ${words.resend}
          </button>
          <p class="hint">${words.sendsLeft(sendsLeft)}</p>`,
      );
