/** HTML as a tagged template. Every value is escaped for text and attributes alike, unless it is already Html. */
import { escapeHtml } from "../../shared/escape-html.ts";

/** Finished HTML. Only this module makes it, from literals and escaped values. */
export class Html {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

/** Values that `html` accepts. Lists are joined; null, undefined and false render nothing. */
export type Renderable = Html | string | number | false | null | undefined | readonly Renderable[];

function render(value: Renderable): string {
  if (value instanceof Html) return value.toString();
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  return value.map(render).join("");
}

/** Attributes must be quoted: `<a href="${address}">`. Values are never safe inside scripts, styles or tag names. */
export function html(strings: TemplateStringsArray, ...values: readonly Renderable[]): Html {
  let text = strings[0] ?? "";
  for (let at = 0; at < values.length; at += 1) text += render(values[at]) + (strings[at + 1] ?? "");
  return new Html(text);
}

type AttributeValue = string | number | boolean | null | undefined;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Renders ` name="value"`. Renders nothing for null, undefined and false, and the bare name for true. */
export const attribute = (name: string, value: AttributeValue): Html => new Html(attributeText(name, value));

/** Renders several attributes. The names must be literals: they are not escaped. */
export function attributes(values: Attributes): Html {
  let text = "";
  for (const [name, value] of Object.entries(values)) text += attributeText(name, value);
  return new Html(text);
}

function attributeText(name: string, value: AttributeValue): string {
  if (value === null || value === undefined || value === false) return "";
  if (value === true) return ` ${name}`;
  return ` ${name}="${typeof value === "string" ? escapeHtml(value) : value}"`;
}
