/**
 * Labelled form fields. Every field of the portals has this markup, so labels, hints and error messages are announced
 * alike.
 */
import { attribute, type Attributes, attributes, Html, html, type Renderable } from "./html.ts";

export interface FieldLabel {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | null;
}

export interface InputField extends FieldLabel {
  /** Equals `id` when left out. */
  readonly name?: string;
  /** Id of the message that describes what is wrong; null when nothing is. */
  readonly problemId?: string | null;
  /** Whether the message is about this input. When left out, it is about this input if there is one. */
  readonly isInvalid?: boolean;
  /** Further attributes of the input. */
  readonly attributes: Attributes | Html;
}

const hintId = (id: string): string => `${id}-hint`;

/** Renders a label and a hint above a control. `below` follows the control. */
export const field = (
  { id, label, hint = null }: FieldLabel,
  control: Html,
  below: Renderable = null,
): Html =>
  html`<div class="field">
    <label for="${id}">${label}</label>
    ${hint !== null && html`<p class="hint" id="${hintId(id)}">${hint}</p>`} ${control} ${below}
  </div>`;

/** Renders a labelled `<input>`. `below` follows the input. */
export function inputField(input: InputField, below: Renderable = null): Html {
  const { id, name = id, hint = null, problemId = null, isInvalid = problemId !== null } = input;
  const describedBy = hint === null ? problemId : `${hintId(id)}${problemId === null ? "" : ` ${problemId}`}`;
  return field(
    input,
    html`<input
      id="${id}"
      name="${name}"
      ${input.attributes instanceof Html ? input.attributes : attributes(input.attributes)}
      ${attribute("aria-describedby", describedBy)}
      ${attribute("aria-invalid", isInvalid ? "true" : null)}
    />`,
    below,
  );
}

export interface RadioOption {
  readonly name: string;
  readonly value: string;
  readonly isChecked: boolean;
  readonly title: string;
  readonly hint?: string;
}

/** Renders one choice of a radio group. */
export const radioOption = ({ name, value, isChecked, title, hint }: RadioOption): Html =>
  html`<label class="option"
    ><input type="radio" name="${name}" value="${value}" required ${attribute("checked", isChecked)} /><span
      ><strong>${title}</strong>${hint !== undefined && html`<small>${hint}</small>`}</span
    ></label
  >`;

/** Renders a radio group. */
export const radioGroup = (legend: string, options: Renderable): Html =>
  html`<fieldset class="options">
    <legend>${legend}</legend>
    ${options}
  </fieldset>`;
