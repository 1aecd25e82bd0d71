/** Requests that scripts on the pages send. Errors are answered as JSON, with a sentence for the user. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { type Suite, SUITES } from "../../shared/sealing/hpke-suite.ts";
import type { SessionKey } from "../visits/visit.ts";
import type { Csrf } from "./csrf.ts";
import { parseForm, sessionFields } from "./forms.ts";
import type { PortalServices } from "./portal-services.ts";
import type { PortalSessions } from "./session-pages.ts";

const csrfSchema = z.looseObject({ csrf: sessionFields.csrf });
const draftSchema = z.looseObject({ suite: z.enum(SUITES).optional() });

/** Reads the session of a request that carries a form's fields. Throws SESSION_ENDED, FORM_REFUSED. */
export function sessionKeyOf(
  request: FastifyRequest,
  csrf: Csrf,
  { cookie }: Pick<PortalSessions, "cookie">,
): SessionKey {
  const key = cookie.read(request);
  if (key === null) throw new AppError("SESSION_ENDED");
  csrf.check(request, parseForm(csrfSchema, request.body).csrf, key);
  return key;
}

/** Answers with the keys that passwords are sealed to. */
export function draftRoute(
  app: FastifyInstance,
  { csrf }: Pick<PortalServices, "csrf">,
  sessions: Pick<PortalSessions, "cookie">,
  address: string,
  draft: (key: SessionKey, suite: Suite | undefined) => Promise<unknown>,
): void {
  app.post(address, (request) =>
    draft(sessionKeyOf(request, csrf, sessions), parseForm(draftSchema, request.body).suite),
  );
}
