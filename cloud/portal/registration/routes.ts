/** Addresses of the registration portal. cloud/registration decides what is allowed and which screen comes next. */
import type { FastifyInstance } from "fastify";
import type { RegistrationService } from "../../registration/registration-service.ts";
import { sendPage } from "../layout.ts";
import type { PortalServices } from "../portal-services.ts";
import { createSessionCookie } from "../session-cookie.ts";
import { type PortalSessions, sessionPages } from "../session-pages.ts";
import { startFormRoutes } from "../start-form.ts";
import { registrationActions } from "./actions.ts";
import { scriptRoutes } from "./script-routes.ts";
import { REGISTRATION_TEXTS } from "./texts/all.ts";
import { endedPage } from "./views/ended-view.ts";
import { PAGES, pathOf, screenPage } from "./views/screen-view.ts";
import { startPage } from "./views/start-view.ts";
import type { View } from "./views/view.ts";

export function registrationRoutes(
  app: FastifyInstance,
  portal: PortalServices,
  service: RegistrationService,
): void {
  const { contexts, csrf, clock } = portal;
  const sessions: PortalSessions = {
    cookie: createSessionCookie("registration"),
    path: "/register",
    endedPath: "/register/ended",
    closedPath: "/register/ended",
  };
  const showStart = startFormRoutes(app, {
    portal,
    sessions,
    pathOf: { register: "/register", change: "/change" },
    page: startPage,
    begin: (tenantId, userName, visitor, goal) => service.begin(tenantId, userName, goal, visitor),
  });
  const pages = sessionPages(app, {
    portal,
    sessions,
    service,
    showStart: (request, reply) => showStart(request, reply, "register"),
    endedPage,
  });
  registrationActions(app, portal, service, sessions);
  scriptRoutes(app, portal, service, sessions);

  for (const path of PAGES)
    app.get(path, (request, reply) =>
      pages.show(
        request,
        reply,
        async (key) => {
          const screen = await service.screen(key);
          const rightPath = pathOf(screen, path);
          if (rightPath !== path) return reply.redirect(rightPath, 303);
          const context = await contexts.of(request, reply, { path, tenantId: key.tenantId });
          const view: View = {
            ...context,
            words: REGISTRATION_TEXTS[context.language],
            form: { csrf: csrf.token(key), version: screen.version },
            now: clock.now(),
          };
          return sendPage(reply, context, screenPage(view, screen, path));
        },
        () => showStart(request, reply, path === "/change" ? "change" : "register"),
      ),
    );

  /** "This is not me": ends the session and asks for another user name. */
  app.post("/register/other", async (request, reply) => {
    await pages.end(request, reply);
    return reply.redirect(sessions.path, 303);
  });
}
