/** Confirming a new method: a code that was sent, the code of an authenticator app, or the recovery codes to keep. */
import { create } from "qrcode";
import { codeForm, minutesLeft, resendForm } from "../../code-form.ts";
import { type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { submitButton } from "../../parts.ts";
import { sessionForm } from "../../session-form.ts";
import { cancelForm, problemOf } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

export function codePage(view: View, screen: StepScreen<"code">): Page {
  const { words, now, form } = view;
  const { code } = words;
  const { problem, channel, address } = screen;
  const title = { text: code.titleText, call: code.titleCall, email: code.titleEmail }[channel];
  return {
    title,
    failed: problem !== null,
    body: html`<h1>${title}</h1>
      <p class="lead">${screen.isProof ? code.proof(address) : code.lead(address)}</p>
      ${problemOf(view, problem)}
      ${codeForm(form, "/register/code", {
        label: code.label,
        hint: code.hint(minutesLeft(screen.expiresAt, now)),
        button: code.submit,
        problem,
        isNumeric: true,
      })}
      ${resendForm(form, "/register/resend", code, { ...screen, now })} ${cancelForm(view)}`,
  };
}

export function authenticatorPage(view: View, { problem, uri, typed }: StepScreen<"authenticator">): Page {
  const { authenticator } = view.words;
  return {
    title: authenticator.title,
    failed: problem !== null,
    body: html`<h1>${authenticator.title}</h1>
      <p class="lead">${authenticator.lead}</p>
      ${problemOf(view, problem)}
      <h2>${authenticator.scan}</h2>
      ${qrCode(uri.reveal(), authenticator.picture)}
      <p><a href="${uri.reveal()}">${authenticator.onThisDevice}</a></p>
      <details>
        <summary>${authenticator.cannotScan}</summary>
        <p>${authenticator.type}</p>
        <p><code class="secret">${typed.reveal()}</code></p>
      </details>
      <h2>${authenticator.enter}</h2>
      ${codeForm(view.form, "/register/code", {
        label: authenticator.label,
        hint: null,
        button: authenticator.submit,
        problem,
        isNumeric: true,
      })}
      ${cancelForm(view)}`,
  };
}

export function recoveryCodesPage(view: View, { problem, codes }: StepScreen<"recovery_codes">): Page {
  const { recoveryCodes } = view.words;
  return {
    title: recoveryCodes.title,
    failed: problem !== null,
    body: html`<h1>${recoveryCodes.title}</h1>
      <p class="lead">${recoveryCodes.lead}</p>
      ${problemOf(view, problem)}
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
      ${sessionForm(view.form, "/register/recovery-codes/keep", submitButton(recoveryCodes.saved))}
      ${cancelForm(view)}`,
  };
}

/**
 * Width of the white margin that the standard requires. Cameras do not find the code without it, especially on dark
 * pages.
 */
const QUIET_ZONE = 4;

/** Draws the code into the page itself, so that there is no picture that a cache could keep. */
function qrCode(text: string, label: string): Html {
  const { size, data } = create(text, { errorCorrectionLevel: "M" }).modules;
  const width = size + 2 * QUIET_ZONE;
  let path = "";
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      if (data[y * size + x] === 1) path += `M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z`;
  return html`<svg
    class="qr"
    role="img"
    aria-label="${label}"
    viewBox="0 0 ${width} ${width}"
    shape-rendering="crispEdges"
  >
    <path fill="#fff" d="M0 0h${width}v${width}h-${width}z" />
    <path fill="#000" d="${path}" />
  </svg>`;
}
