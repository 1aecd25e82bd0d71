/** Serves /outbox and /outbox.json while the development outbox is enabled. */
import type { ServerResponse } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { isSecureOrLoopback } from "../../shared/config/fields.ts";
import { AppError } from "../../shared/errors.ts";
import type { DevelopmentOutbox, OutboxFilter, OutboxMessage } from "./development-outbox.ts";
import { OUTBOX_PAGE_POLICY, outboxPage } from "./outbox-page.ts";

const querySchema = z.strictObject({
  to: z.string().max(254).optional(),
  after: z.coerce.number().int().min(0).optional(),
  /** Seconds to wait for a message when there is none yet. */
  wait: z.coerce.number().int().min(0).max(20).default(0),
});

export function registerOutboxRoutes(app: FastifyInstance, outbox: DevelopmentOutbox): void {
  const closing = new AbortController();
  app.addHook("preClose", (done) => {
    closing.abort();
    done();
  });

  app.get("/outbox", { schema: { hide: true } }, (request, reply) => {
    refuseOtherHosts(request);
    return reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", OUTBOX_PAGE_POLICY)
      .send(outboxPage(outbox.messages()));
  });

  app.get("/outbox.json", { schema: { hide: true } }, async (request, reply) => {
    refuseOtherHosts(request);
    const query = querySchema.safeParse(request.query);
    if (!query.success)
      throw new AppError(
        "REQUEST_INVALID",
        "Allowed query parameters: to, after (a number) and wait (0 to 20 seconds).",
      );
    const { wait, ...filter } = query.data;
    const messages = wait === 0 ? outbox.messages(filter) : await waitFor(filter, wait, reply.raw);
    return reply.type("application/json; charset=utf-8").send(JSON.stringify({ messages }));
  });

  /** Ends early when the client disconnects or this node closes. */
  async function waitFor(
    filter: OutboxFilter,
    seconds: number,
    answer: ServerResponse,
  ): Promise<OutboxMessage[]> {
    const over = new AbortController();
    const end = (): void => over.abort();
    const timer = setTimeout(end, seconds * 1000);
    answer.once("close", end);
    closing.signal.addEventListener("abort", end, { once: true });
    try {
      return await outbox.nextMessages(filter, over.signal);
    } finally {
      clearTimeout(timer);
      answer.removeListener("close", end);
      closing.signal.removeEventListener("abort", end);
    }
  }
}

/** Refuses host names that are not loopback: a web page whose name resolves to this host (DNS rebinding) must not read codes. */
function refuseOtherHosts({ host }: FastifyRequest): void {
  const address = `http://${host}`;
  if (!URL.canParse(address) || !isSecureOrLoopback(address)) throw new AppError("NOT_FOUND");
}
