/**
 * Adds the portals to a cloud node's server, in a context of their own, so that the API keeps its parsers, headers
 * and errors.
 */
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
import { BrandCache } from "./brand-cache.ts";
import { brandRoutes } from "./brand-routes.ts";
import { createCsrf } from "./csrf.ts";
import { errorPage, errorTexts, setRetryAfter } from "./error-page.ts";
import { FORM_LIMIT } from "./forms.ts";
import { PORTAL_HEADERS } from "./headers.ts";
import { landingRoutes } from "./landing-routes.ts";
import { sendPage } from "./layout.ts";
import { createPageContexts, type PageContexts } from "./page-context.ts";
import { refuseFloods } from "./page-flood.ts";
import type { PortalServices } from "./portal-services.ts";
import { domainOf, type PortalTenants } from "./portal-tenants.ts";
import { resetRoutes } from "./reset/routes.ts";
import { TEXTS } from "./texts/all.ts";
import { WorkCaptcha } from "./work-captcha.ts";

export interface PortalDeps {
  readonly config: PortalConfig;
  readonly publicUrl: string;
  readonly reset: ResetService;
  /** Adds the routes of the registration portal, which use the same services. */
  readonly registration: (app: FastifyInstance, portal: PortalServices) => void;
  readonly tenants: PortalTenants;
  readonly policy: { get(tenantId: string): Promise<{ readonly policy: Policy }> };
  readonly portalKeys: PortalKeys;
  readonly limits: Pick<Limits, "take" | "known">;
  /** True while the tenant is under attack (cloud/reset/failed-codes.ts, cloud/registration/sign-in.ts); captchas then cost more. */
  readonly isUnderAttack: (tenantId: string) => Promise<boolean>;
  /** True the first time for a key, on all nodes together (cloud/store/used-tokens.ts). */
  readonly isFirstUse: (key: string, ttlMs: number) => Promise<boolean>;
  /** Directory of the build of web/; next to the sources when left out. */
  readonly assetsDirectory?: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when the node closes. */
  readonly closing: AbortSignal;
}

const TENANT_TTL_MS = 1_000;
const YEAR_MS = 365 * DAY_MS;
const ASSET_NAME = /^\/?[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Throws ASSETS_MISSING. */
export async function registerPortal(app: FastifyInstance, deps: PortalDeps): Promise<void> {
  const assets = await readAssets(deps.assetsDirectory ?? ASSETS_DIRECTORY);
  await app.register(async (scope) => {
    const { defaultTenant, captchaTries } = deps.config;
    const brands = new BrandCache({ ...deps, defaultTenant });
    const contexts = createPageContexts({ assets, brands });
    const tenantOfDomain = createCachedLookUp({ ttlMs: TENANT_TTL_MS, clock: deps.clock }, (domain) =>
      deps.tenants.findForUserName(domain, defaultTenant),
    );
    const portal: PortalServices = {
      contexts,
      csrf: createCsrf(deps),
      captcha: new WorkCaptcha({
        ...deps,
        tries: captchaTries,
        limitRules: async (tenantId) => (await deps.policy.get(tenantId)).policy.limits,
      }),
      findTenant: (userName) => tenantOfDomain.get(domainOf(userName)),
      policyOf: async (tenantId) => (await deps.policy.get(tenantId)).policy,
      clock: deps.clock,
      log: deps.log,
      closing: deps.closing,
    };
    scope.addHook("onRoute", (route) => {
      route.schema = { ...route.schema, hide: true }; // pages are not part of the OpenAPI document
    });
    scope.addHook("onRequest", (_request, reply, done) => {
      void reply.headers(PORTAL_HEADERS);
      done();
    });
    scope.setErrorHandler((error, request, reply) => answerError(error, request, reply, portal));
    await scope.register(cookie);
    refuseFloods(scope, deps.clock);
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

/** Answers unknown addresses: with a page for browsers, with the API's error body for programs. */
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
  setRetryAfter(reply, known, clock.now());
  if (wantsHtml(request)) {
    const context = await contexts.of(request, reply, { path: "/", tenantId: null });
    return sendPage(reply, context, errorPage(context, known), known.info.http);
  }
  const body = toErrorBody(known, request.id);
  // Our scripts show the message to the user, so it is a sentence in the user's language.
  const forScript = request.url.startsWith("/api/")
    ? body
    : { ...body, message: sentence(request, contexts, known) };
  return reply.code(known.info.http).send(forScript);
}

const sentence = (request: FastifyRequest, contexts: PageContexts, error: AppError): string =>
  errorTexts(TEXTS[contexts.language(request)], error.code).lead;
