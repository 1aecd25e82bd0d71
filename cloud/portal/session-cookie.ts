/** The one cookie of each portal: `<tenantId>.<id>.<secret>`. What it opens is in a record that has the secret's digest. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { base64url, tenantIdSchema, ulidSchema } from "../../shared/ids.ts";
import { Secret } from "../../shared/secret.ts";
import type { SessionKey } from "../visits/visit.ts";

import "@fastify/cookie";

export interface SessionCookie {
  readonly name: string;
  /** Null when there is none, or nothing that this portal ever gave. */
  read(request: FastifyRequest): SessionKey | null;
  /** Only with keys the service made: a secret that a visitor brought is never given back. */
  set(reply: FastifyReply, key: SessionKey): void;
  clear(reply: FastifyReply): void;
}

/**
 * `__Host-`: no other host of the domain and no plain connection can have set it. Strict: no other site's page sends it along.
 * Without an age: gone with the browser; how long it is good for is in the record.
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
