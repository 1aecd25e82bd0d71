/**
 * HTTP server of a cloud node: the REST API under /api/v1 and its OpenAPI document. The gateway and the portals add
 * their routes.
 */
import { readFileSync } from "node:fs";
import swagger from "@fastify/swagger";
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { createJsonSchemaTransform, serializerCompiler } from "fastify-type-provider-zod";
import { errorBodySchema } from "../../shared/api/error-body.ts";
import { instant } from "../../shared/api/instant.ts";
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { plainAddress } from "../../shared/ip-address.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudConfig } from "../config/config.ts";
import { toErrorBody, toRequestError } from "../error-reply.ts";
import { HTTP_LIMITS } from "../gateway/http-limits.ts";
import { agentRoutes } from "./agent-routes.ts";
import type { ApiApp, ApiServices } from "./api-context.ts";
import { apiKeyRoutes } from "./api-key-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import { createAuthenticate } from "./authenticate.ts";
import { deliveryRoutes } from "./delivery-routes.ts";
import { enrollmentRoutes } from "./enrollment-routes.ts";
import { createForwardedWatch } from "./forwarded-watch.ts";
import { helpdeskRoutes } from "./helpdesk-routes.ts";
import { limitRoutes } from "./limit-routes.ts";
import { messageRoutes } from "./message-routes.ts";
import { policyRoutes } from "./policy-routes.ts";
import { RateLimit } from "./rate-limit.ts";
import { sourceRoutes } from "./source-routes.ts";
import { syncRunRoutes } from "./sync-run-routes.ts";
import { tenantRoutes } from "./tenant-routes.ts";
import { userRoutes } from "./user-routes.ts";
import { validateRequest } from "./validate-request.ts";
import { writebackRoutes } from "./writeback-routes.ts";

export interface ApiServerOptions {
  readonly config: Pick<CloudConfig, "publicUrl" | "hstsSubdomains" | "tls" | "trustedProxies">;
  readonly services: ApiServices;
  /**
   * Called for each finished request, for the metrics. `route` is the pattern: the address itself may contain user
   * names.
   */
  readonly onRequestDone?: (request: { method: string; route: string; status: number; ms: number }) => void;
  readonly log: Logger;
}

const BODY_LIMIT = 16 * 1024;
/**
 * Limit for one API key, or for one address without a valid key, on this node. High enough for scripts that poll and portals that serve many users; low enough to stop an endless
 * loop.
 */
const REQUESTS_PER_MINUTE = 30_000;

const FORWARDED = "x-forwarded-for";

/** Returns the application before it listens. `app.close()` ends it. */
export async function createApiServer(options: ApiServerOptions): Promise<FastifyInstance> {
  const { config, services, log, onRequestDone } = options;
  const app = makeFastify(config, log);
  app.setValidatorCompiler(validateRequest);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest("apiKey", null);

  // Some proxies forward an address with its port, which Fastify would take for no address.
  app.addHook("onRequest", ({ raw: { headers } }, _reply, done) => {
    const { [FORWARDED]: forwarded } = headers;
    if (typeof forwarded === "string") headers[FORWARDED] = forwarded.split(",").map(plainAddress).join(",");
    done();
  });
  const rateLimit = new RateLimit(REQUESTS_PER_MINUTE, services.clock);
  app.addHook("onRequest", createAuthenticate({ ...services, rateLimit }));
  // Hooks that every request passes use callbacks. With promises, each hook would wait for its own turn of the event
  // loop and delay the last byte of the answer.
  const headers = securityHeaders(config);
  app.addHook("onRequest", (request, reply, done) => {
    void reply.headers(headers).header("x-request-id", request.id);
    done();
  });
  const watchForwarded = createForwardedWatch(log);
  app.addHook("onRequest", (request, _reply, done) => {
    watchForwarded(request);
    done();
  });
  app.addHook("onSend", (_request, reply, _payload, done) => {
    // Answers of a closing node end their connection, so that it does not wait for another request.
    if (services.closing.aborted) void reply.header("connection", "close");
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "(none)";
    const { statusCode: status, elapsedTime } = reply;
    const ms = Math.round(elapsedTime);
    onRequestDone?.({ method: request.method, route, status, ms });
    // Page views help only when searching for a fault, so they are logged at debug. The metrics count every request.
    const isPageView = request.method === "GET" && request.apiKey === null && status < 400;
    log[isPageView ? "debug" : "info"]("api.request.finished", {
      requestId: request.id,
      method: request.method,
      route,
      status,
      ms,
      keyId: request.apiKey?.id ?? null,
    });
    done();
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log));
  app.setNotFoundHandler((request) => {
    throw new AppError("NOT_FOUND", `There is no ${request.method} at this address.`);
  });

  await describeApi(app);
  await app.register(
    (api, _options, done) => {
      const typed: ApiApp = api.withTypeProvider();
      tenantRoutes(typed, services);
      enrollmentRoutes(typed, services);
      agentRoutes(typed, services);
      sourceRoutes(typed, services);
      userRoutes(typed, services);
      helpdeskRoutes(typed, services);
      policyRoutes(typed, services);
      limitRoutes(typed, services);
      deliveryRoutes(typed, services);
      messageRoutes(typed, services);
      syncRunRoutes(typed, services);
      writebackRoutes(typed, services);
      auditRoutes(typed, services);
      apiKeyRoutes(typed, services);
      done();
    },
    { prefix: "/api/v1" },
  );
  return app;
}

function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): FastifyReply {
  const known = toRequestError(error, request.routeOptions.bodyLimit);
  if (known.info.exit === 1)
    log.error("api.request.failed", { requestId: request.id, code: known.code, error: known });
  if (known.retryable && !reply.hasHeader("retry-after")) void reply.header("retry-after", 1);
  return reply.code(known.info.http).send(toErrorBody(known, request.id));
}

function makeFastify({ tls, trustedProxies }: ApiServerOptions["config"], log: Logger): FastifyInstance {
  const common = {
    logger: false,
    bodyLimit: BODY_LIMIT,
    genReqId: newId,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: { maxParamLength: 256 },
    requestTimeout: HTTP_LIMITS.requestTimeout,
    keepAliveTimeout: HTTP_LIMITS.keepAliveTimeout,
    return503OnClosing: true,
    forceCloseConnections: "idle" as const,
    // Handles addresses that cannot be parsed: they match no route and never reach the error handler.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      void answerError(error, request, reply, log);
    },
  };
  if (tls === undefined) return Fastify({ ...common, http: HTTP_LIMITS });
  const https = {
    ...HTTP_LIMITS,
    cert: readFileSync(tls.certificateFile),
    key: readFileSync(tls.keyFile),
    minVersion: "TLSv1.2" as const,
  };
  return Fastify({ ...common, https });
}

const securityHeaders = ({
  publicUrl,
  hstsSubdomains,
}: Pick<CloudConfig, "publicUrl" | "hstsSubdomains">): Record<string, string> => ({
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  ...(publicUrl.startsWith("https:")
    ? { "strict-transport-security": `max-age=31536000${hstsSubdomains ? "; includeSubDomains" : ""}` }
    : {}),
});

/** Generates the OpenAPI document from the schemas that validate the requests. */
async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Latchkey",
        version: "1",
        description: "All errors have the body of the default response.",
      },
      components: { securitySchemes: { apiKey: { type: "http", scheme: "bearer" } } },
    },
    transform: createJsonSchemaTransform({
      zodToJsonConfig: {
        // Describes responses as they are sent: instants are text there.
        override: ({ zodSchema, jsonSchema }) => {
          if (zodSchema !== instant) return;
          for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
          Object.assign(jsonSchema, { type: "string", format: "date-time" });
        },
      },
    }),
  });
  app.addHook("onRoute", (route) => {
    const { schema } = route;
    const scope = route.config?.scope;
    if (schema === undefined || scope === undefined) return;
    schema.security = [{ apiKey: [] }];
    schema.description = `Needs the scope ${scope}.`;
    schema.tags = [
      route.url.split("/").find((part, at) => at > 2 && part !== "tenants" && !part.startsWith(":")) ??
        "tenants",
    ];
    schema.response = { ...(schema.response as object | undefined), default: errorBodySchema };
  });
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
}
