/**
 * Takes the form that both portals begin with. A refusal is shown on the same page with the user name kept in its
 * field: there is no session yet that could keep it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { AppError, type ErrorCode } from "../../shared/errors.ts";
import { isUserName, MAX_USER_NAME, readName } from "../../shared/user-names.ts";
import type { SessionKey, Visitor } from "../visits/visit.ts";
import { captchaFields } from "./captcha-fields.ts";
import { errorTexts, setRetryAfter } from "./error-page.ts";
import { parseForm, startFields } from "./forms.ts";
import { type Page, sendPage } from "./layout.ts";
import type { PageContext } from "./page-context.ts";
import type { PortalServices } from "./portal-services.ts";
import type { PortalTenant } from "./portal-tenants.ts";
import type { PortalSessions } from "./session-pages.ts";
import type { StartScreen } from "./start-form-view.ts";

export interface StartFormDeps<Goal extends string> {
  readonly portal: PortalServices;
  readonly sessions: PortalSessions;
  /** The page on which each goal begins. The first goal is the default. */
  readonly pathOf: Readonly<Record<Goal, string>>;
  readonly page: (context: PageContext, screen: StartScreen, goal: Goal) => Page | Promise<Page>;
  /** Begins a session. Depends on the tenant alone, never on whether the user exists. */
  readonly begin: (tenantId: string, userName: string, visitor: Visitor, goal: Goal) => Promise<SessionKey>;
}

/** Answers a request without a session with the start page. */
export type ShowStart<Goal extends string> = (
  request: FastifyRequest,
  reply: FastifyReply,
  goal: Goal,
) => Promise<FastifyReply>;

/** Refusals that the start page itself shows. All others have a page of their own. */
const SHOWN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "CAPTCHA_INVALID",
  "RATE_LIMITED",
  "TENANT_NOT_FOUND",
  "SELF_SERVICE_OFF",
  "FORM_REFUSED",
]);

/** A name that was refused, to be corrected in its field. */
const printable = (name: string): string => name.replace(/\p{Cc}/gu, "").slice(0, MAX_USER_NAME);

const startSchema = z.object({
  ...startFields,
  ...captchaFields,
  goal: z.string().max(16).optional().catch(undefined),
  userName: z.string().max(2_048).default(""),
});
type StartFields = z.infer<typeof startSchema>;

export function startFormRoutes<Goal extends string>(
  app: FastifyInstance,
  { portal, sessions, pathOf, page, begin }: StartFormDeps<Goal>,
): ShowStart<Goal> {
  const { contexts, csrf, captcha, log, clock } = portal;
  const { cookie, path } = sessions;
  const address = `${path}/start`;
  const goals = Object.keys(pathOf) as [Goal, ...Goal[]];
  const goalSchema = z.enum(goals).catch(goals[0]);

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    goal: Goal,
    changes: Partial<StartScreen>,
    status: number,
  ): Promise<FastifyReply> {
    const context = await contexts.of(request, reply, { path: pathOf[goal], tenantId: null });
    const screen: StartScreen = {
      csrf: csrf.startToken(request, reply),
      question: captcha.question(context.language),
      userName: "",
      nameError: null,
      problem: null,
      ...changes,
    };
    return sendPage(reply, context, await page(context, screen, goal), status);
  }

  app.post(address, async (request, reply) => {
    const form = parseForm(startSchema, request.body);
    const goal = goalSchema.parse(form.goal);
    const name = readName(form.userName);
    const userName = name.text;
    const { texts, language } = await contexts.of(request, reply, { path, tenantId: null });
    const refuseName = (nameError: string, typed = ""): Promise<FastifyReply> =>
      show(request, reply, goal, { nameError, userName: typed }, 422);
    if (userName === "") return refuseName(texts.start.userNameMissing);
    if (!isUserName(name)) return refuseName(texts.start.userNameInvalid, printable(userName));

    let tenantId: string | null = null;
    try {
      ({ id: tenantId } = await checkStartForm(portal, request, { ...form, userName }));
      cookie.set(reply, await begin(tenantId, userName, { address: request.ip, language }, goal));
      return await reply.redirect(path, 303);
    } catch (error) {
      if (!(error instanceof AppError) || !SHOWN.has(error.code)) throw error;
      const { code, details } = error;
      log.info("portal.start.refused", { requestId: request.id, code, details });
      setRetryAfter(reply, error, clock.now());
      const contactUrl = tenantId === null ? null : ((await portal.policyOf(tenantId)).contact.url ?? null);
      const problem = { ...errorTexts(texts, code), contactUrl };
      return show(request, reply, goal, { userName, problem }, error.info.http);
    }
  });
  app.get(address, (_request, reply) => reply.redirect(path, 303));

  return (request, reply, goal) => show(request, reply, goal, {}, 200);
}

/**
 * Checks that the form was sent by our own page and that its captcha is solved, and finds the tenant of the user
 * name. The result does not depend on whether the user exists. Throws FORM_REFUSED, CAPTCHA_INVALID, RATE_LIMITED,
 * TENANT_NOT_FOUND.
 */
async function checkStartForm(
  { csrf, captcha, findTenant }: Pick<PortalServices, "csrf" | "captcha" | "findTenant">,
  request: FastifyRequest,
  form: StartFields,
): Promise<PortalTenant> {
  csrf.check(request, form.csrf, null);
  const tenant = await findTenant(form.userName);
  await captcha.check(form, { address: request.ip, tenantId: tenant?.id ?? null });
  if (tenant === null) throw new AppError("TENANT_NOT_FOUND");
  return tenant;
}
