/** A form within a session: the hidden fields that each of them has. */
import { type Html, html, type Renderable } from "./html.ts";

export interface SessionForm {
  readonly csrf: string;
  /** Of the screen it is on. */
  readonly version: number;
}

/** `attributes`: further ones of the tag, each with a space before it. */
export const sessionForm = (
  { csrf, version }: SessionForm,
  action: string,
  content: Renderable,
  attributes: Renderable = null,
): Html =>
  html`<form method="post" action="${action}" ${attributes}>
    <input type="hidden" name="csrf" value="${csrf}" /><input
      type="hidden"
      name="version"
      value="${version}"
    />
    ${content}
  </form>`;
