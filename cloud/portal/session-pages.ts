/** Pages and forms that the sessions of both portals have: the page of a live session, contact, end, ended. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type AppError, isAppError } from "../../shared/errors.ts";
import { EPOCH_CAUSES, type EpochCause } from "../store/person-epochs.ts";
import { contactOf, type SessionKey } from "../visits/visit.ts";
import { contactPage, type PortalPath } from "./contact-view.ts";
import { parseForm, sessionFields } from "./forms.ts";
import { clearSiteData } from "./headers.ts";
import { type Page, sendPage } from "./layout.ts";
import type { PageContext } from "./page-context.ts";
import type { PortalServices } from "./portal-services.ts";
import type { SessionCookie } from "./session-cookie.ts";

/** The sessions of one portal: their cookie and their addresses. */
export interface PortalSessions {
  readonly cookie: SessionCookie;
  /** Page that shows the current screen. */
  readonly path: PortalPath;
  /** Page that says that the session has expired. */
  readonly endedPath: string;
  /** Page that follows when the user ends the session. */
  readonly closedPath: string;
}

export interface SessionPagesDeps {
  readonly portal: PortalServices;
  readonly sessions: PortalSessions;
  readonly service: {
    /** Throws SESSION_ENDED. */
    screen(key: SessionKey): Promise<{ readonly version: number }>;
    end(key: SessionKey): Promise<void>;
  };
  /** The page for a visitor who has no session. */
  readonly showStart: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
  readonly endedPage: (context: PageContext, end: SessionEnd) => Page;
}

/** `closed`: by the user. `cause`: what ended it early, or null when its time was over. */
export type SessionEnd =
  { readonly closed: true } | { readonly closed: false; readonly cause: EpochCause | null };

export interface SessionPages {
  /** Shows a page of a live session, the ended page if the session has expired, or the start page if there is none. */
  show(
    request: FastifyRequest,
    reply: FastifyReply,
    showPage: (key: SessionKey) => Promise<FastifyReply>,
    showStart?: SessionPagesDeps["showStart"],
  ): Promise<FastifyReply>;
  /** Ends the session that the form belongs to, if there still is one. Throws FORM_REFUSED. */
  end(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

const sentSchema = z.object({ sent: z.literal("1").optional().catch(undefined) });
const causeSchema = z.object({ cause: z.enum(EPOCH_CAUSES).nullable().catch(null) });
const endSchema = z.object({ csrf: sessionFields.csrf });

export function sessionPages(app: FastifyInstance, deps: SessionPagesDeps): SessionPages {
  const { portal, sessions, service, endedPage } = deps;
  const { contexts, csrf } = portal;
  const { cookie, endedPath, closedPath } = sessions;
  const pages: SessionPages = {
    async show(request, reply, showPage, showStart = deps.showStart) {
      const key = cookie.read(request);
      if (key === null) return showStart(request, reply);
      try {
        return await showPage(key);
      } catch (error) {
        if (isAppError(error, "SESSION_ENDED")) return leaveSession(reply, sessions, error);
        throw error;
      }
    },
    async end(request, reply) {
      const key = cookie.read(request);
      if (key !== null) {
        csrf.check(request, parseForm(endSchema, request.body).csrf, key);
        await service.end(key);
      }
      cookie.clear(reply);
    },
  };

  const contactPath = `${sessions.path}/contact`;
  app.get(contactPath, (request, reply) =>
    pages.show(request, reply, async (key) => {
      const { version } = await service.screen(key);
      const context = await contexts.of(request, reply, { path: contactPath, tenantId: key.tenantId });
      const page = contactPage(context, {
        path: sessions.path,
        form: { csrf: csrf.token(key), version },
        contact: contactOf(await portal.policyOf(key.tenantId)),
        isSent: parseForm(sentSchema, request.query).sent === "1",
      });
      return sendPage(reply, context, page);
    }),
  );

  app.post(`${sessions.path}/end`, async (request, reply) => {
    const language = contexts.language(request);
    await pages.end(request, reply);
    clearSiteData(reply);
    return reply.redirect(`${closedPath}?lang=${language}`, 303); // the language cookie is cleared as well
  });

  for (const path of new Set([endedPath, closedPath]))
    app.get(path, async (request, reply) => {
      const context = await contexts.of(request, reply, { path, tenantId: null });
      const { cause } = parseForm(causeSchema, request.query);
      const end: SessionEnd =
        path === closedPath && cause === null ? { closed: true } : { closed: false, cause };
      return sendPage(reply, context, endedPage(context, end));
    });

  return pages;
}

/** Removes the cookie and shows the page that says why the session has ended. `error`: SESSION_ENDED. */
export function leaveSession(
  reply: FastifyReply,
  { cookie, endedPath }: PortalSessions,
  error?: AppError,
): FastifyReply {
  cookie.clear(reply);
  const cause = EPOCH_CAUSES.find((known) => known === error?.details["cause"]);
  return reply.redirect(cause === undefined ? endedPath : `${endedPath}?cause=${cause}`, 303);
}
