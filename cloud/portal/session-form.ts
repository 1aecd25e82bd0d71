/** Forms within a session. */
import { type Html, html, type Renderable } from "./html.ts";
import type { PageContext } from "./page-context.ts";

/** Hidden fields of every form within a session. */
export interface SessionForm {
  readonly csrf: string;
  /** Version of the screen the form is on. */
  readonly version: number;
}

/** The data from which every page within a session is rendered. */
export interface SessionView extends PageContext {
  readonly form: SessionForm;
  /** Epoch ms. */
  readonly now: number;
}

/** `attributes`: further attributes of the form's tag, each with a space before it. */
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
