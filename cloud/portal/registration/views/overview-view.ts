/** Overview of a user's methods: which are set up, which are missing, and what can be done about each. */
import type { Channel } from "../../../../shared/methods.ts";
import type { OverviewItem } from "../../../registration/overview.ts";
import type { Registrable } from "../../../registration/session.ts";
import { contactWays } from "../../contact-view.ts";
import { type Html, html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { showDate, showTime, submitButton } from "../../parts.ts";
import { sessionForm } from "../../session-form.ts";
import { doneNotice, problemOf, signOutForm } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

export function overviewPage(view: View, screen: StepScreen<"overview">): Page {
  const { words, language } = view;
  const { overview, allowed, displayName, userName } = screen;
  const { confirmedAt, nextConfirmAt } = overview;
  const text = words.overview;
  return {
    title: text.title,
    body: html`<h1>${text.title}</h1>
      <p class="lead">${text.signedInAs(displayName ?? userName)} ${allowed && text.lead}</p>
      ${problemOf(view, screen.problem)} ${doneNotice(view, screen.done)}
      ${allowed ? stateNotice(view, screen) : notAllowed(view, screen)}
      ${
        allowed &&
        html`<ul class="methods">
            ${overview.items.map((item) => itemOf(view, item, screen.newWaitsHours))}
          </ul>
          ${sessionForm(
            view.form,
            "/register/confirmed",
            html`${confirmedAt !== null && html`<p class="small">${text.lastConfirmed(showDate(language, confirmedAt))}</p>`}
            ${
              nextConfirmAt !== null &&
              html`<p class="small">${text.nextConfirmation(showDate(language, nextConfirmAt))}</p>`
            }
            ${submitButton(text.confirmAll)}`,
          )}`
      }
      <p><a href="/change">${text.changePassword}</a></p>
      ${allowed && html`<p><a href="/register/contact">${view.texts.contact.title}</a></p>`}
      ${signOutForm(view)}`,
  };
}

function stateNotice({ words }: View, { overview, proofs, newWaitsHours }: StepScreen<"overview">): Html {
  const { ready, required, isDue } = overview;
  const isEnough = ready >= required;
  return html`<div class="notice ${isEnough ? "good" : "warn"}">
    <p>${isEnough ? words.overview.enough(ready, required) : words.overview.notEnough(ready, required)}</p>
    ${isDue && html`<p>${words.overview.due}</p>`}
    ${proofs.length > 0 && html`<p>${words.overview.proofFirst} <a href="/register/verify">${words.verify.title}</a></p>`}
    ${newWaitsHours > 0 && html`<p>${words.overview.newWaits(newWaitsHours)}</p>`}
  </div>`;
}

const notAllowed = (view: View, { contact }: StepScreen<"overview">): Html =>
  html`<div class="notice">
    <p>${view.words.overview.notAllowed}</p>
    ${contactWays(view, "/register", contact)}
  </div>`;

/** `holdHours`: how long a change waits now, which then replaces nothing. */
function itemOf(view: View, item: OverviewItem, holdHours: number): Html {
  const { words } = view;
  const { what, synced, own, isUsed } = item;
  const name = words.names[what];
  const isKept = holdHours > 0 && own !== null && own.left !== 0;
  return html`<li>
    <div>
      <strong>${name}</strong>
      ${synced !== null && syncedLine(view, item, synced)} ${own !== null && ownLine(view, what, own)}
      ${synced === null && own === null && html`<span class="tag">${words.overview.notSetUp}</span>`}
      ${!isUsed && html`<span class="tag">${words.overview.notUsed}</span>`}
      ${isUsed && html`<span class="hint">${words.hints[what]}</span>`}
    </div>
    <div class="actions" role="group" aria-label="${words.overview.actionsFor(name)}">
      ${isUsed && synced !== null && own === null && synced.confirmedAt === null && confirmForms(view, item)}
      ${isUsed && !isKept && addAction(view, item)}
      ${own !== null && own.endsAt === null && removeForm(view, what, holdHours)}
    </div>
  </li>`;
}

function syncedLine(
  { words, language, brand }: View,
  { own, isHeld }: OverviewItem,
  { shown, confirmedAt, waitsUntil }: NonNullable<OverviewItem["synced"]>,
): Html {
  const text = words.overview;
  return html`<span class="value">${shown}</span> <span class="tag">${text.managedBy(brand.name)}</span> ${
      own !== null && own.waitsUntil === null
        ? html`<span class="tag">${text.replacedByOwn}</span>`
        : waitsUntil !== null
          ? html`<span class="tag warn">${text.waits(showTime(language, waitsUntil))}</span>`
          : confirmedAt !== null
            ? html`<span class="tag good">${text.confirmed(showDate(language, confirmedAt))}</span>`
            : html`<span class="tag warn">${isHeld ? text.held : text.notConfirmed}</span>`
    }`;
}

function ownLine(
  { words, language }: View,
  what: Registrable,
  { shown, confirmedAt, left, waitsUntil, endsAt }: NonNullable<OverviewItem["own"]>,
): Html {
  const text = words.overview;
  return html`${shown !== null && html`<span class="value">${shown}</span>`}
    <span class="tag">${text.addedByYou}</span>
    ${
      endsAt !== null
        ? html`<span class="tag warn">${text.ends(showTime(language, endsAt))}</span>`
        : waitsUntil !== null &&
          html`<span class="tag warn">${text.waits(showTime(language, waitsUntil))}</span>`
    }
    ${confirmedAt !== null && html`<span class="tag good">${text.confirmed(showDate(language, confirmedAt))}</span>`}
    ${
      left !== null &&
      html`<span class="tag${left === 0 && " warn"}"
        >${what === "questions" ? text.answered(left) : text.codesLeft(left)}</span
      >`
    }`;
}

const confirmForms = (view: View, { what, channels }: OverviewItem): Html[] =>
  channels.map((channel) =>
    sessionForm(
      view.form,
      "/register/confirm",
      html`<input type="hidden" name="what" value="${what}" />
        <input type="hidden" name="channel" value="${channel}" />
        <button class="button secondary">${confirmLabel(view, channel)}</button>`,
    ),
  );

function confirmLabel({ words: { overview } }: View, channel: Channel): string {
  switch (channel) {
    case "text":
      return overview.confirmByText;
    case "call":
      return overview.confirmByCall;
    case "email":
      return overview.confirmByEmail;
  }
}

/** Links to the form for a number, an address or questions; sets up an authenticator or recovery codes at once. */
function addAction(view: View, item: OverviewItem): Html | null {
  const { what, channels } = item;
  const label = html`${addLabel(view, item)}<span class="visually-hidden">: ${view.words.names[what]}</span>`;
  switch (what) {
    case "mobile":
    case "officePhone":
    case "email":
      return channels.length === 0
        ? null
        : html`<a class="button secondary" href="${ADD_PAGES[what]}">${label}</a>`;
    case "questions":
      return html`<a class="button secondary" href="/register/questions">${label}</a>`;
    case "authenticator":
    case "recoveryCodes":
      return sessionForm(
        view.form,
        what === "authenticator" ? "/register/authenticator" : "/register/recovery-codes",
        html`<button class="button secondary">${label}</button>`,
      );
  }
}

function addLabel({ words: { overview } }: View, { what, own, synced }: OverviewItem): string {
  if (own === null) return synced === null ? overview.add : overview.useDifferent;
  return what === "recoveryCodes" ? overview.newCodes : overview.replace;
}

const ADD_PAGES = {
  mobile: "/register/mobile",
  officePhone: "/register/office",
  email: "/register/email",
} as const;

const removeForm = (view: View, what: Registrable, holdHours: number): Html =>
  html`<details>
    <summary>
      ${view.words.overview.remove}<span class="visually-hidden">: ${view.words.names[what]}</span>
    </summary>
    ${sessionForm(
      view.form,
      "/register/remove",
      html`<input type="hidden" name="what" value="${what}" />
        <p>
          ${view.words.overview.removeConsequence}
          ${holdHours > 0 && view.words.overview.removeWaits(holdHours)}
        </p>
        <button class="button danger">
          ${holdHours > 0 ? view.words.overview.remove : view.words.overview.removeNow}
        </button>`,
    )}
  </details>`;
