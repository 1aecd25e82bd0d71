/** The page of the development outbox. */
import { createHash } from "node:crypto";
import { escapeHtml } from "../../shared/escape-html.ts";
import type { OutboxMessage } from "./development-outbox.ts";

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1rem; font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.3rem; margin: 0 0 .25rem; }
.hint { margin: 0 0 1.5rem; opacity: .75; }
article { border: 1px solid #8886; border-radius: 10px; padding: 1rem; margin: 0 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .875rem; opacity: .8; }
h2 { font-size: 1rem; margin: .5rem 0 0; }
.otp { font-size: 2rem; font-weight: 700; letter-spacing: .2em; margin: .25rem 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .5rem 0 0; }
`;

/** Allows the one style of the page and no script. */
export const OUTBOX_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const NAMES = { text: "Text", call: "Call", email: "Email" } as const;

function articleOf({ number, at, channel, to, kind, otp, subject, text }: OutboxMessage): string {
  return `<article id="m${number}">
<header><strong>${NAMES[channel]} to ${escapeHtml(to)}</strong><span>${kind}</span><time datetime="${at}">${at.slice(11, 19)} UTC</time></header>
${subject === null ? "" : `<h2>${escapeHtml(subject)}</h2>`}
${otp === null ? "" : `<p class="otp">${escapeHtml(otp)}</p>`}
<pre>${escapeHtml(text)}</pre>
</article>`;
}

export const outboxPage = (messages: readonly OutboxMessage[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="3"><title>Outbox (${messages.length})</title><style>${STYLE}</style></head>
<body><main><h1>Outbox</h1>
<p class="hint">Messages of this node, newest first. They were not sent to anyone. For scripts: <code>/outbox.json?to=NUMBER&amp;after=N</code>.</p>
${messages.length === 0 ? "<p>No messages yet.</p>" : messages.map(articleOf).join("\n")}
</main></body></html>
`;
