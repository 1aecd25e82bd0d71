/** Confirming what was added: a code that was sent, the code of an app; and the codes to keep. */
import { create } from "qrcode";
import { codeForm, minutesLeft, resendForm } from "../../code-form.ts";
import { type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { sessionForm } from "../../session-form.ts";
import { cancelForm, PROBLEM_ID, problemBox } from "./parts.ts";
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
      <p class="lead">${code.lead(address)}</p>
      ${problemBox(view, problem)}
      ${codeForm(form, "/register/code", {
        label: code.label,
        hint: code.hint(minutesLeft(screen.expiresAt, now)),
        button: code.submit,
        problemId: isAboutCode(problem?.kind) ? PROBLEM_ID : null,
        digits: true,
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
      ${codeForm(view.form, "/register/code", {
        label: authenticator.label,
        hint: null,
        button: authenticator.submit,
        problemId: isAboutCode(problem?.kind) ? PROBLEM_ID : null,
        digits: true,
      })}
      ${cancelForm(view)}`,
  };
}

const isAboutCode = (kind: string | undefined): boolean => kind === "wrong_code" || kind === "code_expired";

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
