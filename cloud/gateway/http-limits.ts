/**
 * What the HTTP server in front of the gateway must be made with, so that slow and idle peers hold nothing for long (all
 * milliseconds but the size, bytes). Fastify puts its own requestTimeout and keepAliveTimeout over those of its `http` option:
 * they must be given to Fastify itself too. Tried against slow headers, slow bodies and silent sockets.
 */
export const HTTP_LIMITS = {
  headersTimeout: 3_000,
  requestTimeout: 4_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 500,
  maxHeaderSize: 8 * 1024,
} as const;
