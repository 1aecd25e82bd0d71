/** Password fields of both portals: the rules, the fields, and the explanation of a refusal. */
import type { Language } from "../../shared/language.ts";
import type { PasswordRule, Verdict } from "../../shared/writeback.ts";
import { inputField } from "./field.ts";
import { attributes, type Html, html } from "./html.ts";
import type { PageContext } from "./page-context.ts";
import { isRefusalCode } from "./refusal-code.ts";
import type { Texts } from "./texts/texts.ts";

/** Attributes of a form whose passwords the script seals. `address` answers with the keys to seal to. */
export const sealAttributes = ({ texts }: PageContext, address: string, fields: string): Html =>
  html` data-seal="${address}" data-seal-fields="${fields}" data-seal-repeat="repeated"
  data-seal-texts="${JSON.stringify(texts.seal)}"`;

/** The field that carries the sealed passwords, and one that tells password managers which account they belong to. */
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

/** Lists the password rules that the directory lets the service read; renders nothing where it lets none. */
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

export interface PasswordField {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly problemId: string | null;
  readonly isInvalid?: boolean;
}

/** Renders the field for the user's current password. */
export const currentPasswordField = (context: PageContext, { name, ...field }: PasswordField): Html =>
  inputField({ ...field, id: name, attributes: passwordAttributes(context, "current-password") });

/** `words`: names of the user and the organisation; the strength meter warns when the password contains one of them. */
export function newPasswordFields(
  context: PageContext,
  { words, problemId }: { readonly words: readonly string[]; readonly problemId: string | null },
): Html {
  const { password, meter } = context.texts;
  const common = passwordAttributes(context, "new-password");
  const meterAttributes = attributes({
    "data-meter": true,
    "data-meter-words": JSON.stringify(words),
    "data-meter-texts": JSON.stringify(meter),
  });
  return html`${inputField(
    {
      id: "newPassword",
      label: password.newPassword,
      problemId,
      attributes: html`${common}${meterAttributes}`,
    },
    html`<output data-meter-output for="newPassword"></output>`,
  )}
  ${inputField({ id: "repeated", label: password.confirmPassword, problemId, attributes: common })}`;
}

/** Attributes of every password field. The script adds a button that shows what was typed. */
const passwordAttributes = (
  { texts }: PageContext,
  autocomplete: "current-password" | "new-password",
): Html =>
  attributes({
    type: "password",
    autocomplete,
    autocapitalize: "none",
    spellcheck: "false",
    required: true,
    "data-show-texts": JSON.stringify(texts.show),
  });

/** Says what an error code means and what to do. */
export const refusalSentence = (texts: Texts, code: string): string =>
  isRefusalCode(code) ? texts.refusals[code] : texts.otherRefusal;

/** Says why a password was refused, with the figures of the rule where the verdict has them. */
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

/** Names the time zone, because the server does not know the user's. */
const showMoment = (language: Language, instant: string): string =>
  new Intl.DateTimeFormat(language, {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  }).format(new Date(instant)) + " (UTC)";
