/** The addresses of the reset portal. What is allowed and what comes next is the service's to say (cloud/reset). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { AppError, isAppError } from "../../../shared/errors.ts";
import { SUITES } from "../../../shared/sealing/hpke-suite.ts";
import type { ResetService } from "../../reset/reset-service.ts";
import type { SessionKey } from "../../visits/visit.ts";
import { contactPage } from "../contact-view.ts";
import { endedPage } from "../ended-view.ts";
import { parseForm, sessionFields } from "../forms.ts";
import { clearSiteData } from "../headers.ts";
import { sendPage } from "../layout.ts";
import type { PortalServices } from "../portal-services.ts";
import { endSession, type SessionPlace } from "../session-action.ts";
import { createSessionCookie } from "../session-cookie.ts";
import { resetActions } from "./actions.ts";
import { startRoutes } from "./start-routes.ts";
import { screenPage } from "./views/screen-view.ts";

const querySchema = z.object({ method: z.string().max(32).nullable().catch(null).default(null) });
const sentSchema = z.object({ sent: z.literal("1").optional().catch(undefined) });
const draftSchema = z.object({ csrf: sessionFields.csrf, suite: z.enum(SUITES).optional() });
const endSchema = z.object({ csrf: sessionFields.csrf });

export function resetRoutes(app: FastifyInstance, portal: PortalServices, reset: ResetService): void {
  const { contexts, csrf } = portal;
  const cookie = createSessionCookie("reset");
  const place: SessionPlace = { cookie, path: "/reset", endedPath: "/reset/ended" };
  const showStart = startRoutes(app, portal, reset, place);
  resetActions(app, portal, reset, place);

  /** The page of a living session; where it is over, the page that says so. */
  async function inSession(
    request: FastifyRequest,
    reply: FastifyReply,
    show: (key: SessionKey) => Promise<FastifyReply>,
  ): Promise<FastifyReply> {
    const key = cookie.read(request);
    if (key === null) return showStart(request, reply);
    try {
      return await show(key);
    } catch (error) {
      if (isAppError(error, "SESSION_ENDED")) return endSession(reply, cookie, place.endedPath);
      throw error;
    }
  }

  app.get(place.path, (request, reply) =>
    inSession(request, reply, async (key) => {
      const [screen, context] = await Promise.all([
        reset.screen(key),
        contexts.of(request, reply, { path: place.path, tenantId: key.tenantId }),
      ]);
      const isUnproven = screen.step === "reason" || (screen.step === "choose" && screen.proven === 0);
      const page = screenPage(context, screen, {
        csrf: csrf.token(key),
        now: portal.clock.now(),
        available: !isUnproven || (await reset.available(key.tenantId)),
        chosen: parseForm(querySchema, request.query).method,
      });
      return sendPage(reply, context, page);
    }),
  );

  app.get("/reset/contact", (request, reply) =>
    inSession(request, reply, async (key) => {
      const path = "/reset/contact";
      const { version } = await reset.screen(key);
      const context = await contexts.of(request, reply, { path, tenantId: key.tenantId });
      const { url, emails } = (await portal.policyOf(key.tenantId)).contact;
      const page = contactPage(context, {
        portal: "/reset",
        form: { csrf: csrf.token(key), version },
        contact: { url: url ?? null, byMail: emails.length > 0 },
        sent: parseForm(sentSchema, request.query).sent === "1",
      });
      return sendPage(reply, context, page);
    }),
  );

  /** For the script that seals. What goes wrong is answered as JSON, with a sentence for the person. */
  app.post("/reset/draft", async (request) => {
    const key = cookie.read(request);
    if (key === null) throw new AppError("SESSION_ENDED");
    const { csrf: token, suite } = parseForm(draftSchema, request.body);
    csrf.check(request, token, key);
    return reset.draft(key, suite);
  });

  app.post("/reset/end", async (request, reply) => {
    const key = cookie.read(request);
    const language = contexts.language(request);
    if (key !== null) {
      csrf.check(request, parseForm(endSchema, request.body).csrf, key);
      await reset.end(key);
    }
    cookie.clear(reply);
    clearSiteData(reply);
    return reply.redirect(`/reset/closed?lang=${language}`, 303); // the cookie that knew it goes as well
  });

  for (const [path, closed] of [
    [place.endedPath, false],
    ["/reset/closed", true],
  ] as const)
    app.get(path, async (request, reply) => {
      const context = await contexts.of(request, reply, { path, tenantId: null });
      return sendPage(reply, context, endedPage(context, { closed, again: place.path }));
    });
}
