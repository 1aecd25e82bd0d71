/** Addresses of the reset portal. cloud/reset decides what is allowed and which screen comes next. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { AppError } from "../../../shared/errors.ts";
import type { ResetService } from "../../reset/reset-service.ts";
import { parseForm } from "../forms.ts";
import { sendPage } from "../layout.ts";
import type { PortalServices } from "../portal-services.ts";
import { draftRoute } from "../script-routes.ts";
import { createSessionCookie } from "../session-cookie.ts";
import { type PortalSessions, sessionPages } from "../session-pages.ts";
import { startFormRoutes } from "../start-form.ts";
import { resetActions, workOf } from "./actions.ts";
import { endedPage } from "./views/ended-view.ts";
import { screenPage } from "./views/screen-view.ts";
import { startPage } from "./views/start-view.ts";

const querySchema = z.object({ method: z.string().max(32).nullable().catch(null).default(null) });

export function resetRoutes(app: FastifyInstance, portal: PortalServices, reset: ResetService): void {
  const { contexts, csrf, captcha, clock } = portal;
  const sessions: PortalSessions = {
    cookie: createSessionCookie("reset"),
    path: "/reset",
    endedPath: "/reset/ended",
    closedPath: "/reset/closed",
  };
  const showStart = startFormRoutes(app, {
    portal,
    sessions,
    pathOf: { reset: sessions.path },
    async page(context, screen) {
      const { tenantId } = context.brand;
      // With several tenants and no default, the tenant and its agents are known only once the user name is.
      return startPage(context, screen, tenantId === null || (await reset.available(tenantId)));
    },
    async begin(tenantId, userName, visitor) {
      if ((await portal.policyOf(tenantId)).scope === "none") throw new AppError("SELF_SERVICE_OFF");
      return reset.begin(tenantId, userName, visitor);
    },
  });
  const pages = sessionPages(app, {
    portal,
    sessions,
    service: reset,
    showStart: (request, reply) => showStart(request, reply, "reset"),
    endedPage,
  });
  resetActions(app, portal, reset, sessions);

  app.get(sessions.path, (request, reply) =>
    pages.show(request, reply, async (key) => {
      const [screen, context] = await Promise.all([
        reset.screen(key),
        contexts.of(request, reply, { path: sessions.path, tenantId: key.tenantId }),
      ]);
      const isUnproven = screen.step === "reason" || (screen.step === "choose" && screen.proven === 0);
      const view = {
        ...context,
        form: { csrf: csrf.token(key), version: screen.version },
        now: clock.now(),
        question: captcha.question(context.language),
        isAvailable: !isUnproven || (await reset.available(key.tenantId)),
        chosenMethod: parseForm(querySchema, request.query).method,
      };
      return sendPage(reply, context, screenPage(view, screen));
    }),
  );

  // The challenge for the form that checks a code, after several wrong ones.
  app.get("/reset/captcha", async (request) => {
    const key = sessions.cookie.read(request);
    if (key === null) throw new AppError("SESSION_ENDED");
    const work = await workOf(reset, key);
    return captcha.challenge(request.ip, key.tenantId, work ?? { visitId: key.id, factor: 1 });
  });
  draftRoute(app, portal, sessions, "/reset/draft", (key, suite) => reset.draft(key, suite));
}
