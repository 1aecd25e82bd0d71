/**
 * Serves `/metrics` for Prometheus, `/healthz` (the process answers) and `/readyz` (send it work) on an address that the
 * administrator chooses. The agent and the cloud use the same server. Nothing personal is behind it, and it takes no input but a path.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Closable } from "./shutdown.ts";

export interface MetricsServer extends Closable {
  readonly url: string;
}

export interface MetricsServerDeps {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** A registry of prom-client fits. */
  readonly registry: { readonly contentType: string; metrics(): Promise<string> };
  /** Why no work should be sent here now; empty when it should. */
  readonly unreadyReasons: () => readonly string[] | Promise<readonly string[]>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

/** Prometheus and a load balancer need a handful of connections and send a few hundred bytes of headers at once. */
const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 8 * 1024;
const HEADERS_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 4_000;
/** Node looks for requests past their time-out this often; its default of 30 seconds would make the time-outs above 33. */
const CHECK_TIMEOUTS_EVERY_MS = 500;

export async function startMetricsServer(deps: MetricsServerDeps): Promise<MetricsServer> {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_TIMEOUTS_EVERY_MS,
    },
    (request, response) => {
      answerTo(request, deps)
        .catch((): Answer => ({ status: 500, body: "failed\n" }))
        .then((answer) => send(response, answer))
        .catch(() => response.destroy()); // the reader has gone
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(deps.listen.port, deps.listen.host);
  await once(server, "listening");
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerTo(
  { method, url = "" }: IncomingMessage,
  { registry, unreadyReasons }: MetricsServerDeps,
): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return { status: 405, body: "only GET and HEAD\n" };
  const [path = ""] = url.split("?"); // `new URL` would throw for a path such as "//"
  switch (path) {
    case "/metrics":
      return { status: 200, body: await registry.metrics(), type: registry.contentType };
    case "/healthz":
      return { status: 200, body: "ok\n" };
    case "/readyz": {
      const reasons = await unreadyReasons();
      return reasons.length === 0
        ? { status: 200, body: "ready\n" }
        : { status: 503, body: `${reasons.join("\n")}\n` };
    }
    default:
      return { status: 404, body: "/metrics, /healthz or /readyz\n" };
  }
}

/** Node leaves the body of an answer to HEAD out by itself. */
function send(response: ServerResponse, { status, body, type = "text/plain; charset=utf-8" }: Answer): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(body);
}
