/** The portals on the application of a cloud node: in a context of their own, so that the API keeps its parsers, headers and errors. */
import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Policy } from "../../shared/api/policy.ts";
import type { Clock } from "../../shared/clock.ts";
import { DAY_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { PortalConfig } from "../config/portal.ts";
import { toErrorBody, toRequestError } from "../error-reply.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { ResetService } from "../reset/reset-service.ts";
import type { Limits } from "../store/limits.ts";
import { createCachedLookUp } from "../ttl-cache.ts";
import { type Assets, ASSETS_DIRECTORY, ASSETS_PREFIX, readAssets } from "./assets.ts";
import { createBrands, type PortalTenants } from "./brand-cache.ts";
import { brandRoutes } from "./brand-routes.ts";
import { createCsrf } from "./csrf.ts";
import { errorPage, errorTexts, sayWhenToRetry } from "./error-page.ts";
import { FORM_LIMIT } from "./forms.ts";
import { PORTAL_HEADERS } from "./headers.ts";
import { landingRoutes } from "./landing-routes.ts";
import { sendPage } from "./layout.ts";
import { createPageContexts, type PageContexts } from "./page-context.ts";
import type { PortalServices } from "./portal-services.ts";
import { resetRoutes } from "./reset/routes.ts";
import { TEXTS } from "./texts/all.ts";
import { createWorkCaptcha } from "./work-captcha.ts";

export interface PortalDeps {
  readonly config: PortalConfig;
  readonly publicUrl: string;
  readonly reset: ResetService;
  /** The routes of the registration portal, which use the same services. */
  readonly registration: (app: FastifyInstance, portal: PortalServices) => void;
  readonly tenants: PortalTenants;
  readonly policy: { get(tenantId: string): Promise<{ readonly policy: Policy }> };
  readonly portalKeys: PortalKeys;
  readonly limits: Pick<Limits, "take">;
  /** Are codes of this tenant being guessed (cloud/reset/failed-codes.ts)? Then a captcha costs more. */
  readonly underAttack?: (tenantId: string) => Promise<boolean>;
  /** For what is good once (cloud/store/used-tokens.ts). */
  readonly once: (key: string, ttlMs: number) => Promise<boolean>;
  /** Where the build of web/ is; found by itself when left out. */
  readonly assetsDirectory?: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when the node closes. */
  readonly closing: AbortSignal;
}

const KEEP_TENANT_MS = 1_000;
const YEAR_MS = 365 * DAY_MS;
const ASSET_NAME = /^\/?[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Throws ASSETS_MISSING. */
export async function registerPortal(app: FastifyInstance, deps: PortalDeps): Promise<void> {
  const assets = await readAssets(deps.assetsDirectory ?? ASSETS_DIRECTORY);
  await app.register(async (scope) => {
    const brands = createBrands({ ...deps, defaultTenant: deps.config.defaultTenant });
    const contexts = createPageContexts({ assets, brands });
    const { defaultTenant } = deps.config;
    const tenantOfDomain = createCachedLookUp({ ttlMs: KEEP_TENANT_MS, clock: deps.clock }, (domain) =>
      deps.tenants.findForUserName(domain, defaultTenant),
    );
    const portal: PortalServices = {
      contexts,
      csrf: createCsrf(deps),
      captcha: createWorkCaptcha({ ...deps, tries: deps.config.captchaTries }),
      // Nothing but what stands from the last @ on decides.
      findTenant: (userName) => tenantOfDomain.get(/@[^@]*$/.exec(userName)?.[0].toLowerCase() ?? ""),
      policyOf: async (tenantId) => (await deps.policy.get(tenantId)).policy,
      clock: deps.clock,
      log: deps.log,
      closing: deps.closing,
    };
    scope.addHook("onRoute", (route) => {
      route.schema = { ...route.schema, hide: true }; // pages are not part of the API's description
    });
    scope.addHook("onRequest", (_request, reply, done) => {
      void reply.headers(PORTAL_HEADERS);
      done();
    });
    scope.setErrorHandler((error, request, reply) => answerError(error, request, reply, portal));
    await scope.register(cookie);
    await scope.register(formbody, { bodyLimit: FORM_LIMIT });
    await serveAssets(scope, assets);
    landingRoutes(scope, portal);
    brandRoutes(scope, deps.tenants, brands);
    resetRoutes(scope, portal, deps.reset);
    deps.registration(scope, portal);
    notFoundRoute(scope);
  });
}

async function serveAssets(portal: FastifyInstance, { directory }: Assets): Promise<void> {
  await portal.register(fastifyStatic, {
    root: directory,
    prefix: ASSETS_PREFIX,
    decorateReply: false,
    index: false,
    preCompressed: true,
    immutable: true, // the names change with the content
    maxAge: YEAR_MS,
    allowedPath: (path) => ASSET_NAME.test(path) && !path.endsWith("manifest.json"),
  });
}

/** Whatever no other route of the application has: a page for people, the API's answer for programs. */
function notFoundRoute(portal: FastifyInstance): void {
  portal.route({
    method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    url: "/*",
    handler: (request) => {
      throw new AppError("NOT_FOUND", `There is no ${request.method} at this address.`);
    },
  });
}

const wantsHtml = (request: FastifyRequest): boolean =>
  (request.headers.accept ?? "").toLowerCase().includes("text/html");

async function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { contexts, clock, log }: PortalServices,
): Promise<FastifyReply> {
  const known = toRequestError(error, request.routeOptions.bodyLimit);
  if (known.info.exit === 1)
    log.error("portal.request.failed", { requestId: request.id, code: known.code, error: known });
  else
    log.info("portal.request.refused", { requestId: request.id, code: known.code, details: known.details });
  sayWhenToRetry(reply, known, clock.now());
  if (wantsHtml(request)) {
    const context = await contexts.of(request, reply, { path: "/", tenantId: null });
    return sendPage(reply, context, errorPage(context, known), known.info.http);
  }
  const body = toErrorBody(known, request.id);
  // What a script of ours shows is for people, in their language; the code stays.
  const forScript = request.url.startsWith("/api/")
    ? body
    : { ...body, message: sentence(request, contexts, known) };
  return reply.code(known.info.http).send(forScript);
}

const sentence = (request: FastifyRequest, contexts: PageContexts, error: AppError): string =>
  errorTexts(TEXTS[contexts.language(request)], error.code).lead;
