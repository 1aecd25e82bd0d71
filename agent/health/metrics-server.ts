/** `/metrics`, `/healthz` and `/readyz` on an address of the administrator's choice. Nothing personal is behind them. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import type { Closable } from "../../shared/shutdown.ts";

export interface MetricsServer extends Closable {
  readonly url: string;
}

export interface MetricsServerDeps {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly registry: Registry;
  /** Why the agent cannot do its work just now; empty when it can. */
  readonly unreadyReasons: () => readonly string[];
}

export async function startMetricsServer(deps: MetricsServerDeps): Promise<MetricsServer> {
  const { listen, registry, unreadyReasons } = deps;
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    if (path === "/metrics") {
      reply(response, 200, await registry.metrics(), registry.contentType);
    } else if (path === "/healthz") {
      reply(response, 200, "ok\n");
    } else if (path === "/readyz") {
      const reasons = unreadyReasons();
      if (reasons.length === 0) reply(response, 200, "ready\n");
      else reply(response, 503, `${reasons.join("\n")}\n`);
    } else reply(response, 404, "not found\n");
  };
  const server = createServer(
    { headersTimeout: 3_000, requestTimeout: 4_000, maxHeaderSize: 8 * 1024 },
    (request, response) => {
      if (request.method !== "GET") {
        reply(response, 405, "only GET\n");
        return;
      }
      answer(new URL(request.url ?? "/", "http://local").pathname, response).catch(() =>
        reply(response, 500, "failed\n"),
      );
    },
  );
  server.maxConnections = 64;
  server.listen(listen.port, listen.host);
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

function reply(response: ServerResponse, status: number, body: string, type = "text/plain"): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
}
