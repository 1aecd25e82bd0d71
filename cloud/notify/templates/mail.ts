/** Renders an email as plain text and HTML with the same words, without images and links. */
import { escapeHtml } from "../../../shared/escape-html.ts";
import type { Language } from "../../../shared/language.ts";
import type { Content } from "../providers/provider.ts";

export interface MailParts {
  readonly language: Language;
  readonly tenant: string;
  readonly subject: string;
  readonly paragraphs: readonly (string | { readonly digits: string })[];
  /** In small print. */
  readonly footer: readonly string[];
}

const BODY =
  "margin:0;padding:24px;background:#f4f5f7;color:#1c2430;font:16px/1.5 Arial,Helvetica,sans-serif";
const CARD = "max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px";
const HEADING = "margin:0 0 16px;font-size:18px";
const DIGITS = "margin:16px 0;font-size:32px;font-weight:bold;letter-spacing:4px";
const SMALL = "margin:0 0 4px;font-size:13px;color:#59636f";

export function mailOf({ language, tenant, subject, paragraphs, footer }: MailParts): Content & {
  readonly channel: "email";
} {
  const html = [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>`,
    `<body style="${BODY}"><div style="${CARD}"><p style="${HEADING}"><strong>${escapeHtml(tenant)}</strong></p>`,
    ...paragraphs.map((part) =>
      typeof part === "string"
        ? `<p style="margin:0 0 16px">${escapeHtml(part)}</p>`
        : `<p style="${DIGITS}">${escapeHtml(part.digits)}</p>`,
    ),
    `<hr style="border:0;border-top:1px solid #d9dde3">`,
    ...footer.map((line) => `<p style="${SMALL}">${escapeHtml(line)}</p>`),
    "</div></body></html>",
  ].join("\n");
  const text = [
    ...paragraphs.map((part) => (typeof part === "string" ? part : `    ${part.digits}`)),
    ["-- ", ...footer].join("\n"),
    "",
  ].join("\n\n");
  return { channel: "email", subject, text, html };
}
