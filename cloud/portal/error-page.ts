/** The page for an error: what to do, and the reference under which an administrator finds the request in the log. */
import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { AppError, ErrorCode } from "../../shared/errors.ts";
import { html } from "./html.ts";
import type { Page } from "./layout.ts";
import type { PageContext } from "./page-context.ts";
import { outcome } from "./parts.ts";
import type { Texts } from "./texts/texts.ts";

export interface ErrorTexts {
  readonly title: string;
  readonly lead: string;
}

export function errorTexts(texts: Texts, code: ErrorCode): ErrorTexts {
  const { title, lead, ...byCode } = texts.errors;
  const known: Partial<Record<ErrorCode, ErrorTexts>> = byCode;
  return known[code] ?? { title, lead };
}

export function errorPage({ texts, requestId }: PageContext, error: AppError): Page {
  const { title, lead } = errorTexts(texts, error.code);
  return {
    title,
    failed: true,
    screen: "error",
    body: html`${outcome("bad", title, [lead])}
      <p><a class="button" href="/">${texts.site.home}</a></p>
      <p class="small">${texts.site.requestId(requestId)}</p>`,
  };
}

const MAX_WAIT_SECONDS = 3_600;
const detailsSchema = z.object({ until: z.number() });

/**
 * Sets Retry-After when a retry may succeed: until the moment the error names, otherwise one second. `now`: epoch ms.
 */
export function setRetryAfter(reply: FastifyReply, { retryable, details }: AppError, now: number): void {
  if (!retryable) return;
  const { data } = detailsSchema.safeParse(details);
  const seconds = data === undefined ? 1 : Math.ceil((data.until - now) / 1_000);
  void reply.header("retry-after", Math.min(MAX_WAIT_SECONDS, Math.max(1, seconds)));
}
