/** Security headers of the portals. */
import type { FastifyReply } from "fastify";

const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/** These are added to the headers of the API (cloud/admin/server.ts), or replace them. */
export const PORTAL_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_POLICY,
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY", // for browsers that do not know frame-ancestors
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
};

/** Tells the browser to delete what it stored, because users also reset passwords on computers that are not theirs. */
export function clearSiteData(reply: FastifyReply): void {
  void reply.header("clear-site-data", '"cookies", "storage"');
}
