/** The first form of the registration portal. What goes wrong with it is shown at once, with the name kept. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { AppError, type ErrorCode } from "../../../shared/errors.ts";
import type { RegistrationService } from "../../registration/registration-service.ts";
import { captchaFields } from "../captcha-fields.ts";
import { admit } from "../check-start-form.ts";
import { errorTexts } from "../error-page.ts";
import { line, parseForm, startFields } from "../forms.ts";
import { sendPage } from "../layout.ts";
import type { PortalServices } from "../portal-services.ts";
import type { SessionPlace } from "../session-action.ts";
import { REGISTRATION_TEXTS } from "./texts/all.ts";
import { startPage, type StartScreen } from "./views/start-view.ts";

const startSchema = z.object({
  ...startFields,
  ...captchaFields,
  goal: z.enum(["register", "change"]).catch("register").default("register"),
  userName: z.string().max(2_048).default(""),
});
const nameSchema = line(256);

/** Refusals that the first page shows itself; others have a page of their own. */
const SHOWN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "CAPTCHA_INVALID",
  "RATE_LIMITED",
  "TENANT_NOT_FOUND",
  "SELF_SERVICE_OFF",
  "FORM_REFUSED",
]);

export type ShowStart = (
  request: FastifyRequest,
  reply: FastifyReply,
  goal: StartScreen["goal"],
) => Promise<FastifyReply>;

export function startRoutes(
  app: FastifyInstance,
  portal: PortalServices,
  service: Pick<RegistrationService, "begin">,
  { cookie, path }: SessionPlace,
): ShowStart {
  const { contexts, csrf, captcha } = portal;

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    goal: StartScreen["goal"],
    changes: Partial<StartScreen>,
    status: number,
  ): Promise<FastifyReply> {
    const context = await contexts.of(request, reply, { path: PATH_OF[goal], tenantId: null });
    const screen: StartScreen = {
      goal,
      csrf: csrf.startToken(request, reply),
      question: captcha.question(context.language),
      userName: "",
      nameError: null,
      problem: null,
      ...changes,
    };
    return sendPage(reply, context, startPage(context, REGISTRATION_TEXTS[context.language], screen), status);
  }

  app.post("/register/start", async (request, reply) => {
    const form = parseForm(startSchema, request.body);
    const userName = form.userName.trim();
    const { texts, language } = await contexts.of(request, reply, { path, tenantId: null });
    const refuse = (nameError: string): Promise<FastifyReply> =>
      show(request, reply, form.goal, { nameError }, 422);
    if (userName === "") return refuse(texts.start.userNameMissing);
    if (!nameSchema.safeParse(userName).success) return refuse(texts.start.userNameInvalid);
    try {
      const tenant = await admit(portal, request, { ...form, userName });
      const visitor = { address: request.ip, language };
      cookie.set(reply, await service.begin(tenant.id, userName, form.goal, visitor));
      return await reply.redirect(path, 303);
    } catch (error) {
      if (!(error instanceof AppError) || !SHOWN.has(error.code)) throw error;
      portal.log.info("portal.start.refused", { requestId: request.id, code: error.code, ...error.details });
      const problem = errorTexts(texts, error.code);
      return show(request, reply, form.goal, { userName, problem }, error.info.http);
    }
  });
  app.get("/register/start", (_request, reply) => reply.redirect(path, 303));

  return (request, reply, goal) => show(request, reply, goal, {}, 200);
}

const PATH_OF = { register: "/register", change: "/change" } as const;
