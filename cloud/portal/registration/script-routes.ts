/** Requests that scripts on the pages of the registration portal send. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { RegistrationService } from "../../registration/registration-service.ts";
import { parseForm, SEALED_FORM_LIMIT, sessionFields } from "../forms.ts";
import type { PortalServices } from "../portal-services.ts";
import { draftRoute, sessionKeyOf } from "../script-routes.ts";
import { parseSealedSignIn } from "../sealed-forms.ts";
import type { PortalSessions } from "../session-pages.ts";

const signInSchema = z.object({ ...sessionFields, sealed: z.string().max(SEALED_FORM_LIMIT) });

type ScriptService = Pick<RegistrationService, "draftSignIn" | "draftChange" | "signIn" | "afterSignIn">;

export function scriptRoutes(
  app: FastifyInstance,
  portal: Pick<PortalServices, "csrf" | "closing">,
  service: ScriptService,
  sessions: PortalSessions,
): void {
  const { csrf, closing } = portal;
  draftRoute(app, portal, sessions, "/register/draft", (key, suite) => service.draftSignIn(key, suite));
  draftRoute(app, portal, sessions, "/change/draft", (key, suite) => service.draftChange(key, suite));

  /**
   * Signs in with the old password of a change, so that the user types it once: the page keeps it until it has sealed
   * it again together with the new one. Answers once the directory has, either with what the form needs to continue
   * or with `signedIn: false`, after which the page must be reloaded.
   */
  app.post("/change/sign-in", { bodyLimit: SEALED_FORM_LIMIT }, async (request, reply) => {
    const key = sessionKeyOf(request, csrf, sessions);
    const { version, sealed } = parseForm(signInSchema, request.body);
    const next = await service.signIn(key, version, { kind: "sealed", ...parseSealedSignIn(sealed) });
    sessions.cookie.set(reply, next);
    const screen = await service.afterSignIn(next, closing);
    return screen.step === "overview" && screen.problem === null
      ? { signedIn: true, csrf: csrf.token(next), version: String(screen.version) }
      : { signedIn: false };
  });
}
