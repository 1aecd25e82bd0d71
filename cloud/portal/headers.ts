/** What every answer of the portals says to the browser. */
import type { FastifyReply } from "fastify";

const policy = (images: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${images}`,
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");

/** Over those of the API (cloud/admin/server.ts), which stay otherwise. */
export const PORTAL_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": policy("'self'"),
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY", // for browsers that do not know frame-ancestors
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
};

/** For the one page that shows a QR code, which is made for it and has no address. */
export function allowDataImages(reply: FastifyReply): void {
  void reply.header("content-security-policy", policy("'self' data:"));
}

/** A session that ends takes along what the browser may have kept of it: people forget passwords at strangers' computers too. */
export function clearSiteData(reply: FastifyReply): void {
  void reply.header("clear-site-data", '"cookies", "storage"');
}
