/** The addresses of the registration portal. What is allowed and what comes next is the service's to say (cloud/registration). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { isAppError } from "../../../shared/errors.ts";
import type { RegistrationService } from "../../registration/registration-service.ts";
import type { SessionKey } from "../../visits/visit.ts";
import { contactPage } from "../contact-view.ts";
import { parseForm, sessionFields } from "../forms.ts";
import { clearSiteData } from "../headers.ts";
import { html } from "../html.ts";
import { sendPage } from "../layout.ts";
import type { PortalServices } from "../portal-services.ts";
import { endSession, type SessionPlace } from "../session-action.ts";
import { createSessionCookie } from "../session-cookie.ts";
import { registrationActions } from "./actions.ts";
import { scriptRoutes } from "./script-routes.ts";
import { startRoutes } from "./start-routes.ts";
import { REGISTRATION_TEXTS } from "./texts/all.ts";
import { type PagePath, PAGES, pathOf, screenPage } from "./views/screen-view.ts";
import type { View } from "./views/view.ts";

const CONTACT_PATH = "/register/contact";
const sentSchema = z.object({ sent: z.literal("1").optional().catch(undefined) });
const endSchema = z.object({ csrf: sessionFields.csrf });

export function registrationRoutes(
  app: FastifyInstance,
  portal: PortalServices,
  service: RegistrationService,
): void {
  const { contexts, csrf, clock } = portal;
  const cookie = createSessionCookie("registration");
  const place = { cookie, path: "/register", endedPath: "/register/ended" } as const satisfies SessionPlace;
  const showStart = startRoutes(app, portal, service, place);
  registrationActions(app, portal, service, place);
  scriptRoutes(app, portal, service, cookie);

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    key: SessionKey,
    asked: PagePath,
  ): Promise<FastifyReply> {
    const screen = await service.screen(key);
    const path = pathOf(screen, asked);
    if (path !== asked) return reply.redirect(path, 303);
    const context = await contexts.of(request, reply, { path, tenantId: key.tenantId });
    const view: View = {
      ...context,
      words: REGISTRATION_TEXTS[context.language],
      form: { csrf: csrf.token(key), version: screen.version },
      now: clock.now(),
    };
    return sendPage(reply, context, screenPage(view, screen, path));
  }

  /** The page of a living session; where it is over, the page that says so. */
  async function inSession(
    request: FastifyRequest,
    reply: FastifyReply,
    goal: "register" | "change",
    showPage: (key: SessionKey) => Promise<FastifyReply>,
  ): Promise<FastifyReply> {
    const key = cookie.read(request);
    if (key === null) return showStart(request, reply, goal);
    try {
      return await showPage(key);
    } catch (error) {
      if (isAppError(error, "SESSION_ENDED")) return endSession(reply, cookie, place.endedPath);
      throw error;
    }
  }

  for (const path of PAGES)
    app.get(path, (request, reply) =>
      inSession(request, reply, path === "/change" ? "change" : "register", (key) =>
        show(request, reply, key, path),
      ),
    );

  app.get(CONTACT_PATH, (request, reply) =>
    inSession(request, reply, "register", async (key) => {
      const { version } = await service.screen(key);
      const context = await contexts.of(request, reply, { path: CONTACT_PATH, tenantId: key.tenantId });
      const { url, emails } = (await portal.policyOf(key.tenantId)).contact;
      const page = contactPage(context, {
        portal: place.path,
        form: { csrf: csrf.token(key), version },
        contact: { url: url ?? null, byMail: emails.length > 0 },
        sent: parseForm(sentSchema, request.query).sent === "1",
      });
      return sendPage(reply, context, page);
    }),
  );

  async function end(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const key = cookie.read(request);
    if (key !== null) {
      csrf.check(request, parseForm(endSchema, request.body).csrf, key);
      await service.end(key);
    }
    cookie.clear(reply);
  }
  app.post("/register/other", async (request, reply) => {
    await end(request, reply);
    return reply.redirect(place.path, 303);
  });
  app.post("/register/end", async (request, reply) => {
    const language = contexts.language(request);
    await end(request, reply);
    clearSiteData(reply);
    return reply.redirect(`${place.endedPath}?lang=${language}`, 303); // the cookie that knew it goes as well
  });

  app.get(place.endedPath, async (request, reply) => {
    const context = await contexts.of(request, reply, { path: place.endedPath, tenantId: null });
    const { ended } = REGISTRATION_TEXTS[context.language];
    return sendPage(reply, context, {
      title: ended.title,
      screen: "ended",
      body: html`<h1>${ended.title}</h1>
        <p class="lead">${ended.lead}</p>
        <div class="actions">
          <a class="button" href="${place.path}">${ended.again}</a>
          <a class="button secondary" href="/">${ended.home}</a>
        </div>`,
    });
  });
}
