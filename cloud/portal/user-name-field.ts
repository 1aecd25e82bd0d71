import { attribute, type Html, html } from "./html.ts";

/** Who are you: the one field that both portals begin with. `error`: what is wrong with it, in words. */
export function userNameField(
  words: { readonly userName: string; readonly userNameHint: string },
  { value, error }: { readonly value: string; readonly error: string | null },
): Html {
  return html`<div class="field">
    <label for="userName">${words.userName}</label>
    <p class="hint" id="userName-hint">${words.userNameHint}</p>
    <input
      id="userName"
      name="userName"
      value="${value}"
      autocomplete="username"
      autocapitalize="none"
      spellcheck="false"
      maxlength="256"
      required
      aria-describedby="userName-hint${error !== null && " userName-error"}"
      ${attribute("aria-invalid", error === null ? null : "true")}
    />
    ${error !== null && html`<p class="error" id="userName-error">${error}</p>`}
  </div>`;
}
