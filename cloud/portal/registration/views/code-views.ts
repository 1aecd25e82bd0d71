/** Confirming what was added: a code that was sent, the code of an app; and the codes to keep. */
import { create } from "qrcode";
import { attribute, html, type Html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { sessionForm } from "../../session-form.ts";
import { cancelForm, problemBox, PROBLEM_ID } from "./parts.ts";
import type { StepScreen, View } from "./view-context.ts";

const MINUTE_MS = 60_000;

export function codePage(view: View, screen: StepScreen<"code">): Page {
  const { words, now, form } = view;
  const { code } = words;
  const { problem, channel, address, expiresAt, resendAt, sendsLeft } = screen;
  const title = { text: code.titleText, call: code.titleCall, email: code.titleEmail }[channel];
  const minutes = Math.max(1, Math.ceil((expiresAt - now) / MINUTE_MS));
  return {
    title,
    failed: problem !== null,
    body: html`<h1>${title}</h1>
      <p class="lead">${code.lead(address)}</p>
      ${problemBox(view, problem)}
      ${codeForm(view, {
        label: code.label,
        hint: code.hint(minutes),
        button: code.submit,
        isInvalid: isAboutCode(problem?.kind),
      })}
      ${
        sendsLeft > 0
          ? sessionForm(
              form,
              "/register/resend",
              html`<button
                  class="button secondary"
                  data-available-at="${resendAt}"
                  data-now="${now}"
                  data-available-text="${code.resendIn}"
                >
                  ${code.resend}
                </button>
                <p class="hint">${code.sendsLeft(sendsLeft)}</p>`,
            )
          : html`<p class="hint">${code.noSendsLeft}</p>`
      }
      ${cancelForm(view)}`,
  };
}

export function authenticatorPage(view: View, { problem, uri, typed }: StepScreen<"authenticator">): Page {
  const { authenticator } = view.words;
  return {
    title: authenticator.title,
    failed: problem !== null,
    body: html`<h1>${authenticator.title}</h1>
      <p class="lead">${authenticator.lead}</p>
      ${problemBox(view, problem)}
      <h2>${authenticator.scan}</h2>
      ${qrCode(uri.reveal(), authenticator.picture)}
      <p><a href="${uri.reveal()}">${authenticator.onThisDevice}</a></p>
      <details>
        <summary>${authenticator.cannotScan}</summary>
        <p>${authenticator.type}</p>
        <p><code class="secret">${typed.reveal()}</code></p>
      </details>
      <h2>${authenticator.enter}</h2>
      ${codeForm(view, {
        label: authenticator.label,
        hint: null,
        button: authenticator.submit,
        isInvalid: isAboutCode(problem?.kind),
      })}
      ${cancelForm(view)}`,
  };
}

const isAboutCode = (kind: string | undefined): boolean => kind === "wrong_code" || kind === "code_expired";

function codeForm(
  view: View,
  field: {
    readonly label: string;
    readonly hint: string | null;
    readonly button: string;
    readonly isInvalid: boolean;
  },
): Html {
  const ids = [...(field.hint === null ? [] : ["otp-hint"]), ...(field.isInvalid ? [PROBLEM_ID] : [])];
  return sessionForm(
    view.form,
    "/register/code",
    html`<div class="field">
        <label for="otp">${field.label}</label>
        ${field.hint !== null && html`<p class="hint" id="otp-hint">${field.hint}</p>`}
        <input
          class="code"
          id="otp"
          name="otp"
          inputmode="numeric"
          autocomplete="one-time-code"
          required
          maxlength="64"
          spellcheck="false"
          ${attribute("aria-describedby", ids.length === 0 ? null : ids.join(" "))}
          ${attribute("aria-invalid", field.isInvalid ? "true" : null)}
        />
      </div>
      <div class="actions"><button class="button">${field.button}</button></div>`,
  );
}

export function recoveryCodesPage(view: View, { problem, codes }: StepScreen<"recovery_codes">): Page {
  const { recoveryCodes } = view.words;
  return {
    title: recoveryCodes.title,
    failed: problem !== null,
    body: html`<h1>${recoveryCodes.title}</h1>
      <p class="lead">${recoveryCodes.lead}</p>
      ${problemBox(view, problem)}
      <ol class="codes" id="codes-list" aria-label="${recoveryCodes.list}">
        ${codes.reveal().map((code) => html`<li><code>${code}</code></li>`)}
      </ol>
      <div class="actions">
        <button type="button" class="button secondary script-only" data-print>${recoveryCodes.print}</button>
        <button
          type="button"
          class="button secondary script-only"
          data-download="${recoveryCodes.fileName}"
          data-download-from="codes-list"
        >
          ${recoveryCodes.download}
        </button>
      </div>
      <p>${recoveryCodes.replaces}</p>
      ${sessionForm(
        view.form,
        "/register/recovery-codes/keep",
        html`<div class="actions"><button class="button">${recoveryCodes.kept}</button></div>`,
      )}
      ${cancelForm(view)}`,
  };
}

/** White round the code, as the standard asks: cameras do not find it otherwise, least of all in the dark. */
const QUIET = 4;

/** Drawn into the page itself: no picture to fetch, nothing for a cache to keep. */
function qrCode(text: string, label: string): Html {
  const { size, data } = create(text, { errorCorrectionLevel: "M" }).modules;
  const whole = size + 2 * QUIET;
  let path = "";
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) if (data[y * size + x] === 1) path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
  return html`<svg
    class="qr"
    role="img"
    aria-label="${label}"
    viewBox="0 0 ${whole} ${whole}"
    shape-rendering="crispEdges"
  >
    <path fill="#fff" d="M0 0h${whole}v${whole}h-${whole}z" />
    <path fill="#000" d="${path}" />
  </svg>`;
}
