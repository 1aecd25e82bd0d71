/** Notices a proxy that `trustedProxies` does not list: all its visitors then count as one, and limits stop them together. */
import type { FastifyRequest } from "fastify";
import type { Logger } from "../../shared/logger.ts";

/** Any visitor can send the header, so that the log gets only a few lines in the life of a node. */
const MAX_LINES = 5;

/** Returns a function for each request, which warns once for each address that forwards and is not trusted. */
export function createForwardedWatch(log: Logger): (request: FastifyRequest) => void {
  const told = new Set<string>();
  return ({ headers, ips, socket }) => {
    if (headers["x-forwarded-for"] === undefined || told.size >= MAX_LINES) return;
    // Fastify adds the forwarded addresses only behind a trusted one.
    if ((ips?.length ?? 1) > 1) return;
    const address = socket.remoteAddress ?? "unknown";
    if (told.has(address)) return;
    told.add(address);
    log.warn("http.forwarded.untrusted", {
      address,
      reason: "X-Forwarded-For was ignored, because this address is not in trustedProxies.",
      fix: `If ${address} is your proxy, add it to trustedProxies of every node: without it, all its visitors count as one. docs/reverse-proxy.md shows how.`,
    });
  };
}
