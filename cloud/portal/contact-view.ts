/**
 * Asking an administrator for help. Every user may ask, at any step of either portal. The email says what the user has
 * proven.
 */
import { MAX_MESSAGE } from "../people/contact-requests.ts";
import type { Contact } from "../visits/visit.ts";
import { field } from "./field.ts";
import { type Html, html } from "./html.ts";
import type { Page } from "./layout.ts";
import type { PageContext } from "./page-context.ts";
import { submitButton } from "./parts.ts";
import { type SessionForm, sessionForm } from "./session-form.ts";

export type PortalPath = "/reset" | "/register";

interface ContactScreen {
  readonly path: PortalPath;
  readonly form: SessionForm;
  readonly contact: Contact;
  readonly isSent: boolean;
}

export function contactPage(
  { texts }: PageContext,
  { path, form, contact: { url, byMail }, isSent }: ContactScreen,
): Page {
  const words = texts.contact;
  const title = isSent ? words.sentTitle : words.title;
  const messageField = field(
    { id: "message", label: words.message, hint: words.messageHint },
    html`<textarea
      id="message"
      name="message"
      rows="4"
      maxlength="${MAX_MESSAGE}"
      aria-describedby="message-hint"
    ></textarea>`,
  );
  return {
    title,
    screen: "contact",
    body: html`<h1>${title}</h1>
      ${isSent && html`<div class="notice good" role="status"><p>${words.sent}</p></div>`}
      ${url !== null && contactLink(url, words.link)}
      ${!isSent && byMail && sessionForm(form, `${path}/ask`, html`${messageField} ${submitButton(words.send)}`)}
      ${url === null && !byMail && html`<p>${words.helpDesk}</p>`}
      <p><a href="${path}">${words.back}</a></p>`,
  };
}

/** Renders where the policy sends users for help, on screens from which they cannot continue. */
export function contactWays(
  { texts: { contact } }: PageContext,
  path: PortalPath,
  { url, byMail }: Contact,
): Html {
  if (url !== null) return contactLink(url, contact.link);
  if (byMail) return html`<p><a class="button" href="${path}/contact">${contact.title}</a></p>`;
  return html`<p>${contact.helpDesk}</p>`;
}

const contactLink = (url: string, label: string): Html =>
  html`<p><a class="button" href="${url}" rel="noopener noreferrer">${label}</a></p>`;
