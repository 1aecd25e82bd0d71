/** Asking an administrator (R09), at either portal: anybody may, at any step; the mail says what was proven. */
import { MAX_MESSAGE } from "../people/contact-requests.ts";
import type { Contact } from "../visits/visit.ts";
import { type Html, html } from "./html.ts";
import type { Page } from "./layout.ts";
import type { PageContext } from "./page-context.ts";
import { type SessionForm, sessionForm } from "./session-form.ts";

export type PortalPath = "/reset" | "/register";

export function contactPage(
  { texts }: PageContext,
  {
    portal,
    form,
    contact,
    sent,
  }: {
    readonly portal: PortalPath;
    readonly form: SessionForm;
    readonly contact: Contact;
    readonly sent: boolean;
  },
): Page {
  const words = texts.contact;
  const title = sent ? words.sentTitle : words.title;
  return {
    title,
    screen: "contact",
    body: html`<h1>${title}</h1>
      ${sent && html`<div class="notice good" role="status"><p>${words.sent}</p></div>`}
      ${
        contact.url !== null &&
        html`<p><a class="button" href="${contact.url}" rel="noopener noreferrer">${words.link}</a></p>`
      }
      ${
        !sent &&
        contact.byMail &&
        sessionForm(
          form,
          `${portal}/ask`,
          html`<div class="field">
              <label for="message">${words.message}</label>
              <p class="hint" id="message-hint">${words.messageHint}</p>
              <textarea
                id="message"
                name="message"
                rows="4"
                maxlength="${MAX_MESSAGE}"
                aria-describedby="message-hint"
              ></textarea>
            </div>
            <div class="actions"><button class="button">${words.send}</button></div>`,
        )
      }
      ${contact.url === null && !contact.byMail && html`<p>${words.none}</p>`}
      <p><a href="${portal}">${words.back}</a></p>`,
  };
}

/** Where a person finds help, as the policy says: on screens where there is no way on. */
export function contactWays(
  { texts: { contact } }: PageContext,
  portal: PortalPath,
  { url, byMail }: Contact,
): Html {
  if (url !== null)
    return html`<p><a class="button" href="${url}" rel="noopener noreferrer">${contact.link}</a></p>`;
  if (byMail) return html`<p><a class="button" href="${portal}/contact">${contact.title}</a></p>`;
  return html`<p>${contact.none}</p>`;
}
