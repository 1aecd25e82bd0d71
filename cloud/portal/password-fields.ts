/** Choosing a new password, for reset and change alike: the rules, the two fields, and what a refusal means. */
import type { Language } from "../../shared/language.ts";
import type { PasswordRule, Verdict } from "../../shared/writeback.ts";
import { attribute, type Html, html } from "./html.ts";
import type { PageContext } from "./page-context.ts";
import { isRefusalCode } from "./refusal-code.ts";
import type { Texts } from "./texts/texts.ts";

/** For a form whose passwords a script seals; `address` answers what it seals to. */
export const sealAttributes = ({ texts }: PageContext, address: string, fields: string): Html =>
  html` data-seal="${address}" data-seal-fields="${fields}" data-seal-repeat="repeated"
  data-seal-texts="${JSON.stringify(texts.seal)}"`;

/** Where the script's sealed passwords go, and what tells password managers whose they are. */
export const sealedInputs = (userName: string): Html =>
  html`<input type="hidden" name="sealed" value="" />
    <input
      class="visually-hidden"
      type="text"
      autocomplete="username"
      value="${userName}"
      readonly
      tabindex="-1"
      aria-hidden="true"
    />`;

const showAttribute = ({ texts }: PageContext): Html =>
  html` data-show-texts="${JSON.stringify(texts.show)}"`;

/** The rules as far as the directory lets them be read (W08); nothing otherwise. */
export function ruleList({ texts: { password } }: PageContext, rule: PasswordRule | null): Html | null {
  if (rule === null) return null;
  const { minLength, complexity, historyLength, minAgeSeconds } = rule;
  const rules = [
    minLength !== null && minLength > 0 ? password.minLength(minLength) : null,
    ...(complexity === true ? [password.complexity, password.noName] : []),
    historyLength !== null && historyLength > 0 ? password.history(historyLength) : null,
    minAgeSeconds !== null && minAgeSeconds > 0 ? password.minAge : null,
  ].filter((text) => text !== null);
  if (rules.length === 0) return null;
  return html`<h2 id="rules">${password.rules}</h2>
    <ul class="rules" aria-labelledby="rules">
      ${rules.map((text) => html`<li>${text}</li>`)}
    </ul>`;
}

/** The one that the person has now. `describedBy`: id of what went wrong; `isInvalid`: was it this field? */
export const presentPasswordField = (
  context: PageContext,
  field: {
    readonly name: string;
    readonly label: string;
    readonly hint: string;
    readonly describedBy: string | null;
    readonly isInvalid: boolean;
  },
): Html =>
  html`<div class="field">
    <label for="${field.name}">${field.label}</label>
    <p class="hint" id="${field.name}-hint">${field.hint}</p>
    <input
      id="${field.name}"
      name="${field.name}"
      type="password"
      autocomplete="current-password"
      autocapitalize="none"
      spellcheck="false"
      required
      aria-describedby="${field.name}-hint${field.describedBy !== null && ` ${field.describedBy}`}"
      ${attribute("aria-invalid", field.isInvalid ? "true" : null)}
      ${showAttribute(context)}
    />
  </div>`;

/** `words`: names of the person and the organisation, for the hint. `describedBy`: id of what was wrong; null: nothing was. */
export function newPasswordFields(
  context: PageContext,
  { words, describedBy }: { readonly words: readonly string[]; readonly describedBy: string | null },
): Html {
  const { password, meter } = context.texts;
  const shared = html` type="password" autocomplete="new-password" required spellcheck="false"
  autocapitalize="none"${attribute("aria-describedby", describedBy)}${attribute(
    "aria-invalid",
    describedBy === null ? null : "true",
  )}${showAttribute(context)}`;
  return html`<div class="field">
      <label for="newPassword">${password.newPassword}</label>
      <input
        id="newPassword"
        name="newPassword"
        ${shared}
        data-meter
        data-meter-words="${JSON.stringify([...words])}"
        data-meter-texts="${JSON.stringify(meter)}"
      />
      <output data-meter-output for="newPassword"></output>
    </div>
    <div class="field">
      <label for="repeated">${password.repeated}</label>
      <input id="repeated" name="repeated" ${shared} />
    </div>`;
}

/** What a code means and what to do. */
export const refusalSentence = (texts: Texts, code: string): string =>
  isRefusalCode(code) ? texts.refusals[code] : texts.refusalOther;

/** The same with the figures that the verdict knows. */
export function verdictSentence(texts: Texts, language: Language, verdict: Verdict): string {
  const { code, rule, possibleAt } = verdict;
  if (code === "PASSWORD_TOO_SHORT" && rule !== null && rule.minLength !== null)
    return texts.password.tooShort(rule.minLength);
  if (code === "PASSWORD_IN_HISTORY" && rule !== null && rule.historyLength !== null)
    return texts.password.inHistory(rule.historyLength);
  if (code === "PASSWORD_TOO_YOUNG" && possibleAt !== null)
    return texts.password.tooYoung(showMoment(language, possibleAt));
  return refusalSentence(texts, code ?? "");
}

/** The server does not know where the person is, so it says which time it means. */
const showMoment = (language: Language, instant: string): string =>
  new Intl.DateTimeFormat(language, {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  }).format(new Date(instant)) + " (UTC)";
