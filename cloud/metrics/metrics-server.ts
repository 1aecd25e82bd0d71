/** /metrics for Prometheus, /healthz (the process answers) and /readyz (send it work), on an address of their own. */
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import type { Closable } from "../../shared/shutdown.ts";

export interface MetricsServer extends Closable {
  readonly url: string;
}

export interface MetricsServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly registry: Registry;
  /** Why no work should be sent here; null when it should. */
  readonly notReadyBecause: () => Promise<string | null>;
}

export async function startMetricsServer({
  listen,
  registry,
  notReadyBecause,
}: MetricsServerOptions): Promise<MetricsServer> {
  async function answer(path: string): Promise<{ status: number; type: string; body: string }> {
    const text = (status: number, body: string) => ({ status, type: "text/plain", body: `${body}\n` });
    if (path === "/metrics")
      return { status: 200, type: registry.contentType, body: await registry.metrics() };
    if (path === "/healthz") return text(200, "ok");
    if (path !== "/readyz") return text(404, "/metrics, /healthz or /readyz");
    const reason = await notReadyBecause();
    return reason === null ? text(200, "ready") : text(503, reason);
  }
  const listener: RequestListener = (request, response) => {
    answer((request.url ?? "").split("?")[0] ?? "")
      .catch(() => ({ status: 500, type: "text/plain", body: "failed\n" }))
      .then(({ status, type, body }) => response.writeHead(status, { "content-type": type }).end(body))
      .catch(() => response.destroy()); // the reader has gone
  };
  const server = createServer(
    { headersTimeout: 3_000, requestTimeout: 5_000, connectionsCheckingInterval: 500 },
    listener,
  );
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
