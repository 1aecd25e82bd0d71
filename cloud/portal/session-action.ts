/**
 * What a form within a session does: checked to be ours, read, done, and answered with 303 to the page that shows what came of
 * it (post/redirect/get), so that neither reload nor the back button sends anything twice.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { isAppError } from "../../shared/errors.ts";
import type { SessionKey } from "../visits/visit.ts";
import { FORM_LIMIT, parseForm, sessionFields } from "./forms.ts";
import type { PortalServices } from "./portal-services.ts";
import type { SessionCookie } from "./session-cookie.ts";

/** Where the sessions of one portal are. */
export interface SessionPlace {
  readonly cookie: SessionCookie;
  /** The page that shows the present screen. */
  readonly path: string;
  /** The page that says that the session is over. */
  readonly endedPath: string;
}

export interface SessionAction<Form> {
  readonly address: string;
  /** Must have the sessionFields. */
  readonly schema: z.ZodType<Form>;
  readonly bodyLimit?: number;
  /** Does it wait for others? Then its signal is aborted when nobody waits for the answer any more; otherwise never. */
  readonly waits?: boolean;
  /** Answers with the key to go on with; the very one it was given where that stays. */
  readonly act: (
    form: Form,
    key: SessionKey,
    signal: AbortSignal,
    request: FastifyRequest,
  ) => Promise<SessionKey>;
  /** Where to go on; the place's path when left out. */
  readonly next?: (form: Form) => string;
}

const csrfSchema = z.looseObject({ csrf: sessionFields.csrf });

export function sessionAction<Form>(
  app: FastifyInstance,
  portal: Pick<PortalServices, "csrf" | "closing">,
  { cookie, path, endedPath }: SessionPlace,
  { address, schema, bodyLimit = FORM_LIMIT, waits = false, act, next }: SessionAction<Form>,
): void {
  app.post(address, { bodyLimit }, async (request, reply) => {
    const key = cookie.read(request);
    if (key === null) return endSession(reply, cookie, endedPath);
    portal.csrf.check(request, parseForm(csrfSchema, request.body).csrf, key);
    const form = parseForm(schema, request.body);
    const waiting = waits ? whileWaiting(reply, portal.closing) : NOT_WAITING;
    try {
      const after = await act(form, key, waiting.signal, request);
      // The same key is not given again: another tab may have been given the next one meanwhile.
      if (after !== key) cookie.set(reply, after);
      return await reply.redirect(next?.(form) ?? path, 303);
    } catch (error) {
      if (isAppError(error, "SESSION_ENDED")) return await endSession(reply, cookie, endedPath);
      throw error;
    } finally {
      waiting.stop();
    }
  });
  // Whoever opens the address of a form by hand, or reloads a page that refused one, is shown where they are.
  app.get(address, (_request, reply) => reply.redirect(path, 303));
}

export function endSession(reply: FastifyReply, cookie: SessionCookie, endedPath: string): FastifyReply {
  cookie.clear(reply);
  return reply.redirect(endedPath, 303);
}

interface Waiting {
  readonly signal: AbortSignal;
  stop(): void;
}
const NOT_WAITING: Waiting = { signal: new AbortController().signal, stop: () => undefined };

function whileWaiting(reply: FastifyReply, closing: AbortSignal): Waiting {
  const over = new AbortController();
  const end = (): void => over.abort("nobody waits"); // with a reason: without one, an error would be made of it
  reply.raw.once("close", end);
  closing.addEventListener("abort", end, { once: true });
  if (closing.aborted) end();
  return {
    signal: over.signal,
    stop() {
      reply.raw.removeListener("close", end);
      closing.removeEventListener("abort", end);
    },
  };
}
