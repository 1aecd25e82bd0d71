/** The first form of a reset. What goes wrong with it is shown at once, with the name kept: there is no session to keep it in. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { AppError } from "../../../shared/errors.ts";
import type { ResetService } from "../../reset/reset-service.ts";
import { captchaFields } from "../captcha-fields.ts";
import { admit } from "../check-start-form.ts";
import { errorTexts, sayWhenToRetry } from "../error-page.ts";
import { line, parseForm, startFields } from "../forms.ts";
import { sendPage } from "../layout.ts";
import type { PortalServices } from "../portal-services.ts";
import type { SessionPlace } from "../session-action.ts";
import { startPage, type StartScreen } from "./views/start-view.ts";

const MAX_NAME = 256;
const startSchema = z.object({
  ...startFields,
  ...captchaFields,
  userName: z.string().max(2_048).default(""),
});
const nameSchema = line(MAX_NAME);

/** Refusals that the first page shows itself; others have a page of their own. */
const SHOWN = new Set([
  "CAPTCHA_INVALID",
  "RATE_LIMITED",
  "TENANT_NOT_FOUND",
  "SELF_SERVICE_OFF",
  "FORM_REFUSED",
]);

/** Shows the first page to who has no session. */
export type ShowStart = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

export function startRoutes(
  app: FastifyInstance,
  portal: PortalServices,
  reset: ResetService,
  { cookie, path }: SessionPlace,
): ShowStart {
  const { contexts, csrf, captcha } = portal;

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    changes: Partial<StartScreen>,
    status: number,
  ): Promise<FastifyReply> {
    const context = await contexts.of(request, reply, { path, tenantId: null });
    const { tenantId } = context.brand;
    const screen: StartScreen = {
      csrf: csrf.startToken(request, reply),
      question: captcha.question(context.language),
      // Whose agents? With several organisations and no default that is known after the name only.
      available: tenantId === null || (await reset.available(tenantId)),
      userName: "",
      nameError: null,
      problem: null,
      ...changes,
    };
    return sendPage(reply, context, startPage(context, screen), status);
  }

  app.post("/reset/start", async (request, reply) => {
    const form = parseForm(startSchema, request.body);
    const userName = form.userName.trim();
    const { texts } = await contexts.of(request, reply, { path, tenantId: null });
    if (userName === "") return show(request, reply, { nameError: texts.start.userNameMissing }, 422);
    if (!nameSchema.safeParse(userName).success)
      return show(request, reply, { nameError: texts.start.userNameInvalid }, 422);

    let contactUrl: string | null = null;
    try {
      const tenant = await admit(portal, request, { ...form, userName });
      const policy = await portal.policyOf(tenant.id);
      contactUrl = policy.contact.url ?? null;
      if (policy.scope === "none") throw new AppError("SELF_SERVICE_OFF");
      const visitor = { address: request.ip, language: contexts.language(request) };
      cookie.set(reply, await reset.begin(tenant.id, userName, visitor));
      return await reply.redirect(path, 303);
    } catch (error) {
      if (!(error instanceof AppError) || !SHOWN.has(error.code)) throw error;
      portal.log.info("portal.start.refused", {
        requestId: request.id,
        code: error.code,
        details: error.details,
      });
      sayWhenToRetry(reply, error, portal.clock.now());
      const problem = { ...errorTexts(texts, error.code), contactUrl };
      return show(request, reply, { userName, problem }, error.info.http);
    }
  });
  app.get("/reset/start", (_request, reply) => reply.redirect(path, 303));

  return (request, reply) => show(request, reply, {}, 200);
}
