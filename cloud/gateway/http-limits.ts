/**
 * Settings of the HTTP server in front of the gateway, so that slow and idle peers hold resources briefly. Milliseconds, but for
 * the header size, which is in bytes. Fastify replaces requestTimeout and keepAliveTimeout of its `http` option by its own values,
 * so these two must also be passed to Fastify itself. Tried against slow headers, slow bodies and silent sockets.
 */
export const HTTP_LIMITS = {
  headersTimeout: 3_000,
  requestTimeout: 4_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 500,
  maxHeaderSize: 8 * 1024,
} as const;
