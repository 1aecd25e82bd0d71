/**
 * Bounds the pages and challenges that one network may open on this node without a session. They are cheap, but the first to suffer
 * from a flood, and nothing else counts them.
 */
import type { FastifyInstance } from "fastify";
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import { addressRange } from "../../shared/ip-address.ts";
import { createTtlCache } from "../ttl-cache.ts";

/** Each costs a millisecond at most, so a network uses no more than a hundredth of a core. An office needs a few a second. */
const MOST_PER_MINUTE = 600;
const MAX_NETWORKS = 10_000;
const COUNTED: ReadonlySet<string> = new Set(["/", "/captcha", "/reset", "/register", "/change"]);

export function refuseFloods(app: FastifyInstance, clock: Pick<Clock, "now" | "monotonicMs">): void {
  const counts = createTtlCache<string, { count: number; readonly until: number }>({
    ttlMs: MINUTE_MS,
    clock,
    maxEntries: MAX_NETWORKS,
  });
  app.addHook("onRequest", (request, _reply, done) => {
    // Fastify answers HEAD with the work of GET.
    if (!["GET", "HEAD"].includes(request.method) || !COUNTED.has(request.routeOptions.url ?? "")) {
      done();
      return;
    }
    const network = addressRange(request.ip);
    const known = counts.get(network);
    if (known === undefined) counts.set(network, { count: 1, until: clock.now() + MINUTE_MS });
    else if (++known.count > MOST_PER_MINUTE) {
      done(new AppError("RATE_LIMITED", undefined, { details: { until: known.until } }));
      return;
    }
    done();
  });
}
