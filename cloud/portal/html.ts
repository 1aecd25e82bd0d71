/** HTML as a tagged template: whatever is put in is escaped for text and attributes alike, unless it is Html itself. */

/** A piece of finished HTML. Only `html` and `trustedHtml` make it. */
export class Html {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

/** Lists are put one after the other; null, undefined and false are nothing. */
export type Renderable = Html | string | number | false | null | undefined | readonly Renderable[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};
// Control characters have no place in a page: browsers read some of them as markup's end or drop them.

const UNSAFE = /[&<>"'`\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\p{Surrogate}/gu;

export const escapeHtml = (text: string): string =>
  text.replace(UNSAFE, (character) => ENTITIES[character] ?? "\ufffd");

function render(value: Renderable): string {
  if (value instanceof Html) return value.toString();
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  return value.map(render).join("");
}

/** Attributes must be quoted: `<a href="${address}">`. There is no safe place for values in scripts, styles or tag names. */
export function html(strings: TemplateStringsArray, ...values: readonly Renderable[]): Html {
  let text = strings[0] ?? "";
  for (let at = 0; at < values.length; at += 1) text += render(values[at]) + (strings[at + 1] ?? "");
  return new Html(text);
}

/** For constants of our own code alone: nothing that came from outside, not even from the store. */
export const trustedHtml = (constant: string): Html => new Html(constant);

/** ` name="value"`, or nothing for null; ` name` for true. For attributes that are not always there. */
export function attribute(name: string, value: string | number | boolean | null | undefined): Html {
  if (value === null || value === undefined || value === false) return new Html("");
  return value === true ? new Html(` ${name}`) : html`${new Html(` ${name}`)}="${value}"`;
}
