/** What scripts on the pages of the registration portal ask. What goes wrong is answered as JSON, with a sentence for the person. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { AppError } from "../../../shared/errors.ts";
import { type Suite, SUITES } from "../../../shared/sealing/hpke-suite.ts";
import type { RegistrationService } from "../../registration/registration-service.ts";
import type { SessionKey } from "../../visits/visit.ts";
import { parseForm, SEALED_FORM_LIMIT, sessionFields } from "../forms.ts";
import type { PortalServices } from "../portal-services.ts";
import { parseSignIn } from "../sealed-forms.ts";
import type { SessionCookie } from "../session-cookie.ts";

const csrfSchema = z.looseObject({ csrf: sessionFields.csrf });
const draftSchema = z.looseObject({ suite: z.enum(SUITES).optional() });
const signInSchema = z.object({ ...sessionFields, sealed: z.string().max(SEALED_FORM_LIMIT) });

type ScriptService = Pick<RegistrationService, "draftSignIn" | "draftChange" | "signIn" | "afterSignIn">;

export function scriptRoutes(
  app: FastifyInstance,
  { csrf, closing }: Pick<PortalServices, "csrf" | "closing">,
  service: ScriptService,
  cookie: SessionCookie,
): void {
  function keyOf(request: FastifyRequest): SessionKey {
    const key = cookie.read(request);
    if (key === null) throw new AppError("SESSION_ENDED");
    csrf.check(request, parseForm(csrfSchema, request.body).csrf, key);
    return key;
  }

  /** What passwords are sealed to. */
  function draftRoute(
    address: string,
    draft: (key: SessionKey, suite: Suite | undefined) => Promise<unknown>,
  ): void {
    app.post(address, (request) => draft(keyOf(request), parseForm(draftSchema, request.body).suite));
  }
  draftRoute("/register/draft", (key, suite) => service.draftSignIn(key, suite));
  draftRoute("/change/draft", (key, suite) => service.draftChange(key, suite));

  /**
   * Signs in with the old password of a change, so that it is typed once: the page keeps it until it has sealed it again, together
   * with the new one. Answers when the directory has; with what the form needs to go on, or that the page is to be loaded anew.
   */
  app.post("/change/sign-in", { bodyLimit: SEALED_FORM_LIMIT }, async (request, reply) => {
    const key = keyOf(request);
    const { version, sealed } = parseForm(signInSchema, request.body);
    const next = await service.signIn(key, version, { kind: "sealed", ...parseSignIn(sealed) });
    cookie.set(reply, next);
    const screen = await service.afterSignIn(next, closing);
    return screen.step === "overview" && screen.problem === null
      ? { signedIn: true, csrf: csrf.token(next), version: String(screen.version) }
      : { signedIn: false };
  });
}
