/** Session cookie of a portal: `<tenantId>.<id>.<secret>`. The session's record holds a digest of the secret. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { base64url, tenantIdSchema, ulidSchema } from "../../shared/ids.ts";
import { Secret } from "../../shared/secret.ts";
import type { SessionKey } from "../visits/visit.ts";

import "@fastify/cookie";

export interface SessionCookie {
  readonly name: string;
  /** Null when there is no cookie, or one that this portal cannot have set. */
  read(request: FastifyRequest): SessionKey | null;
  /** Takes only keys that the service made. A secret that the browser sent is never sent back (session fixation). */
  set(reply: FastifyReply, key: SessionKey): void;
  clear(reply: FastifyReply): void;
}

/**
 * `__Host-` cookies cannot be set by another host of the domain or over plain HTTP, and strict ones are not sent with
 * requests from other sites. Without an age, the browser drops them when it closes; the record says when the session
 * expires.
 */
export const COOKIE_OPTIONS = { path: "/", secure: true, httpOnly: true, sameSite: "strict" } as const;

const secretSchema = base64url(32);

export function createSessionCookie(portal: "reset" | "registration"): SessionCookie {
  const name = `__Host-latchkey-${portal}`;
  return {
    name,
    read(request) {
      const [tenantId, id, secret, more] = request.cookies[name]?.split(".", 4) ?? [];
      if (more !== undefined) return null;
      const parsed = {
        tenantId: tenantIdSchema.safeParse(tenantId).data,
        id: ulidSchema.safeParse(id).data,
        secret: secretSchema.safeParse(secret).data,
      };
      if (parsed.tenantId === undefined || parsed.id === undefined || parsed.secret === undefined)
        return null;
      return { tenantId: parsed.tenantId, id: parsed.id, secret: new Secret(parsed.secret) };
    },
    set: (reply, key) =>
      void reply.setCookie(name, `${key.tenantId}.${key.id}.${key.secret.reveal()}`, COOKIE_OPTIONS),
    clear: (reply) => void reply.clearCookie(name, COOKIE_OPTIONS),
  };
}
