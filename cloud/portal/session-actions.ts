/**
 * Handles the forms within a session: checks that our own page sent the form, reads it, acts, and answers with 303 to
 * the page that shows the result (post/redirect/get), so that neither a reload nor the back button sends anything
 * twice.
 */
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { isAppError } from "../../shared/errors.ts";
import type { SessionKey } from "../visits/visit.ts";
import { FORM_LIMIT, parseForm, sessionFields } from "./forms.ts";
import type { PortalServices } from "./portal-services.ts";
import { leaveSession, type PortalSessions } from "./session-pages.ts";

interface ActionOptions<Form> {
  readonly bodyLimit?: number;
  /**
   * True when the action waits for a verdict: its signal is then aborted once the browser has gone or the node
   * closes.
   */
  readonly waits?: boolean;
  /** Where to continue; the portal's own page when left out. */
  readonly next?: (form: Form) => string;
}

/**
 * Adds the route of one form. `schema` must include `sessionFields`; `act` returns the key to continue with. `address`: of the
 * browser. A key
 * that stays is not sent again, because another tab may have received the next one meanwhile.
 */
type AddAction<Result> = <Form>(
  address: string,
  schema: z.ZodType<Form>,
  act: (form: Form, key: SessionKey, signal: AbortSignal, address: string) => Promise<Result>,
  options?: ActionOptions<Form>,
) => void;

const csrfSchema = z.looseObject({ csrf: sessionFields.csrf });

export function sessionActions(
  app: FastifyInstance,
  portal: Pick<PortalServices, "csrf" | "closing">,
  sessions: PortalSessions,
): AddAction<SessionKey> {
  const { cookie, path } = sessions;
  return (address, schema, act, { bodyLimit = FORM_LIMIT, waits = false, next } = {}) => {
    app.post(address, { bodyLimit }, async (request, reply) => {
      const key = cookie.read(request);
      if (key === null) return leaveSession(reply, sessions);
      portal.csrf.check(request, parseForm(csrfSchema, request.body).csrf, key);
      const form = parseForm(schema, request.body);
      const waiting = waits ? whileWaiting(reply, portal.closing) : NOT_WAITING;
      try {
        const after = await act(form, key, waiting.signal, request.ip);
        if (after !== key) cookie.set(reply, after);
        return await reply.redirect(next?.(form) ?? path, 303);
      } catch (error) {
        if (isAppError(error, "SESSION_ENDED")) return await leaveSession(reply, sessions, error);
        throw error;
      } finally {
        waiting.stop();
      }
    });
    // Opening a form's address by hand, or reloading a page that refused one, shows the current screen.
    app.get(address, (_request, reply) => reply.redirect(path, 303));
  };
}

/** Adds actions after which the key stays. */
export const keepingKey =
  (add: AddAction<SessionKey>): AddAction<void> =>
  (address, schema, act, options) =>
    add(
      address,
      schema,
      async (form, key, signal, from) => {
        await act(form, key, signal, from);
        return key;
      },
      options,
    );

interface Waiting {
  readonly signal: AbortSignal;
  stop(): void;
}
const NOT_WAITING: Waiting = { signal: new AbortController().signal, stop: () => undefined };

function whileWaiting(reply: FastifyReply, closing: AbortSignal): Waiting {
  const over = new AbortController();
  // The reason keeps Node from creating an error each time.
  const end = (): void => over.abort("the browser has gone");
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
