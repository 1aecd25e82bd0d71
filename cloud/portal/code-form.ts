/** Typing a code, at either portal: the field it goes into, and having it sent again. */
import { MINUTE_MS } from "../../shared/durations.ts";
import { attribute, type Html, html } from "./html.ts";
import { type SessionForm, sessionForm } from "./session-form.ts";

export interface CodeField {
  readonly label: string;
  readonly hint: string | null;
  readonly button: string;
  /** Id of what was wrong with the last one; null: nothing was. */
  readonly problemId: string | null;
  /** Digits alone, or letters as well, as recovery codes have? */
  readonly digits: boolean;
}

export function codeForm(form: SessionForm, address: string, field: CodeField): Html {
  const { label, hint, button, problemId, digits } = field;
  const ids = [hint === null ? null : "otp-hint", problemId].filter((id) => id !== null);
  return sessionForm(
    form,
    address,
    html`<div class="field">
        <label for="otp">${label}</label>
        ${hint !== null && html`<p class="hint" id="otp-hint">${hint}</p>`}
        <input
          class="code"
          id="otp"
          name="otp"
          required
          maxlength="64"
          spellcheck="false"
          ${
            digits
              ? html`inputmode="numeric" autocomplete="one-time-code"`
              : html`autocapitalize="characters" autocomplete="off"`
          }
          ${attribute("aria-describedby", ids.length === 0 ? null : ids.join(" "))}
          ${attribute("aria-invalid", problemId === null ? null : "true")}
        />
      </div>
      <div class="actions"><button class="button">${button}</button></div>`,
  );
}

/** Whole minutes that a code is still good for, as a person counts them. */
export const minutesLeft = (expiresAt: number, now: number): number =>
  Math.max(1, Math.ceil((expiresAt - now) / MINUTE_MS));

interface ResendWords {
  readonly resend: string;
  readonly resendIn: string;
  readonly sendsLeft: (count: number) => string;
  readonly noSendsLeft: string;
}

/** The script counts the seconds down until the button may be pressed. */
export const resendForm = (
  form: SessionForm,
  address: string,
  words: ResendWords,
  {
    sendsLeft,
    resendAt,
    now,
  }: { readonly sendsLeft: number; readonly resendAt: number; readonly now: number },
): Html =>
  sendsLeft === 0
    ? html`<p class="hint">${words.noSendsLeft}</p>`
    : sessionForm(
        form,
        address,
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
