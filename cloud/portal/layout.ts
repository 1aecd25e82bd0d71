/** The frame of every page. Classes and data attributes are the contract with web/. */
import type { FastifyReply } from "fastify";
import { type Language, LANGUAGES } from "../../shared/language.ts";
import { attribute, type Html, html, type Renderable } from "./html.ts";
import type { PageContext } from "./page-context.ts";

export interface Page {
  /** Title of the window, before the tenant's name. Screen readers announce it first. */
  readonly title: string;
  /** Content of <main>, including the h1. */
  readonly body: Renderable;
  /** Name of the screen (`data-screen` on main). The script that waits compares it with the next page. */
  readonly screen?: string;
  /** True when something is wrong. The title says so, because it is announced first. */
  readonly failed?: boolean;
  /** Seconds after which a browser without script reloads the page. */
  readonly refreshSeconds?: number;
}

const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: "English",
  nl: "Nederlands",
  de: "Deutsch",
  fr: "Français",
  es: "Español",
};

export function page(context: PageContext, { title, body, screen, failed, refreshSeconds }: Page): Html {
  const { brand, assets, texts, language } = context;
  const fullTitle = `${failed === true ? `${texts.site.errorPrefix}: ` : ""}${title} · ${brand.name}`;
  return html`<!doctype html>
    <html lang="${language}" class="no-js">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${fullTitle}</title>
        <link rel="stylesheet" href="${assets.url("portal.css")}" />
        <link rel="icon" type="image/svg+xml" href="${assets.url("icon.svg")}" />
        ${brand.styleUrl !== null && html`<link rel="stylesheet" href="${brand.styleUrl}" />`}
        <script type="module" src="${assets.url("portal.js")}"></script>
        ${
          refreshSeconds !== undefined &&
          html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}" /></noscript>`
        }
      </head>
      <body>
        <a class="skip" href="#main">${texts.site.skip}</a>
        <header class="site">
          <div>
            ${brand.logoUrl !== null && html`<img class="logo" src="${brand.logoUrl}" alt="" />`}
            <span class="name">${brand.name}</span>
          </div>
        </header>
        <main id="main" tabindex="-1" ${attribute("data-screen", screen)}>${body}</main>
        <footer class="site">
          <nav class="languages" aria-label="${texts.site.languages}">
            <ul>
              ${LANGUAGES.map((each) => languageLink(context, each))}
            </ul>
          </nav>
        </footer>
      </body>
    </html>`;
}

const languageLink = ({ path, language }: PageContext, each: Language): Html =>
  html`<li>
    <a
      href="${path}?lang=${each}"
      lang="${each}"
      hreflang="${each}"
      ${attribute("aria-current", each === language ? "true" : null)}
      >${LANGUAGE_NAMES[each]}</a
    >
  </li>`;

/** Sends a page. */
export function sendPage(
  reply: FastifyReply,
  context: PageContext,
  content: Page,
  status = 200,
): FastifyReply {
  return reply.code(status).type("text/html; charset=utf-8").send(page(context, content).toString());
}
