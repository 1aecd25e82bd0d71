/**
 * Checks that a form comes from our own page in this browser, in three ways: by the headers that name the sending page
 * (Sec-Fetch-Site, Origin), by a token in the form, and by binding that token to the browser's cookie.
 */
import { randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { AppError } from "../../shared/errors.ts";
import { base64url } from "../../shared/ids.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { SessionKey } from "../visits/visit.ts";
import { COOKIE_OPTIONS } from "./session-cookie.ts";

export interface Csrf {
  /**
   * Returns the token for forms within a session. It stays the same until the session ends, so that a form from
   * another tab, loaded before a proof, is not taken for one from another site. The version tells that it belongs to
   * an earlier screen.
   */
  token(key: SessionKey): string;
  /**
   * Returns the token for forms that begin a session. It is bound to a random cookie, which is set if the browser has
   * none.
   */
  startToken(request: FastifyRequest, reply: FastifyReply): string;
  /** `key`: null for a form that begins a session. Throws FORM_REFUSED. */
  check(request: FastifyRequest, token: string, key: SessionKey | null): void;
}

const START_COOKIE = "__Host-latchkey-form";
const seedSchema = base64url(32);

export function createCsrf({
  publicUrl,
  portalKeys,
}: {
  readonly publicUrl: string;
  readonly portalKeys: Pick<PortalKeys, "digest">;
}): Csrf {
  const ownOrigin = new URL(publicUrl).origin;
  const startTokenOf = (seed: string): string =>
    portalKeys.digest("form", ["start", seed]).toString("base64url");
  const token = ({ tenantId, id }: SessionKey): string =>
    portalKeys.digest("form", ["session", tenantId, id]).toString("base64url");

  return {
    token,
    startToken(request, reply) {
      const present = seedSchema.safeParse(request.cookies[START_COOKIE]);
      const seed = present.success ? present.data : randomBytes(32).toString("base64url");
      if (!present.success) void reply.setCookie(START_COOKIE, seed, COOKIE_OPTIONS);
      return startTokenOf(seed);
    },
    check(request, given, key) {
      const refuse = (why: string): AppError => new AppError("FORM_REFUSED", undefined, { details: { why } });
      const { origin } = request.headers;
      const site = request.headers["sec-fetch-site"];
      if (site !== undefined && site !== "same-origin") throw refuse("another site");
      // Browsers send "null" from pages without a referrer, such as ours, so it says nothing.
      if (origin !== undefined && origin !== "null" && origin !== ownOrigin) throw refuse("another origin");
      const seed = seedSchema.safeParse(request.cookies[START_COOKIE]);
      const expected = key !== null ? token(key) : seed.success ? startTokenOf(seed.data) : null;
      if (expected === null) throw refuse("no cookie");
      if (!isEqualInConstantTime(given, expected)) throw refuse("token");
    },
  };
}
