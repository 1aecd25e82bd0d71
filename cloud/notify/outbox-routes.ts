/** GET /outbox and /outbox.json, while the development outbox is on. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { isSecureOrLoopback } from "../../shared/config/fields.ts";
import { AppError } from "../../shared/errors.ts";
import type { DevelopmentOutbox } from "./development-outbox.ts";
import { OUTBOX_PAGE_POLICY, outboxPage } from "./outbox-page.ts";

const querySchema = z.strictObject({
  to: z.string().max(254).optional(),
  after: z.coerce.number().int().min(0).optional(),
});

export function registerOutboxRoutes(app: FastifyInstance, outbox: DevelopmentOutbox): void {
  app.get("/outbox", { schema: { hide: true } }, (request, reply) => {
    refuseOtherHosts(request);
    return reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", OUTBOX_PAGE_POLICY)
      .send(outboxPage(outbox.messages()));
  });

  app.get("/outbox.json", { schema: { hide: true } }, (request, reply) => {
    refuseOtherHosts(request);
    const query = querySchema.safeParse(request.query);
    if (!query.success) throw new AppError("REQUEST_INVALID", "Only to and after (a number) are known here.");
    return reply
      .type("application/json; charset=utf-8")
      .send(JSON.stringify({ messages: outbox.messages(query.data) }));
  });
}

/** A page elsewhere whose name was made to lead to this host (DNS rebinding) must not read codes. */
function refuseOtherHosts({ host }: FastifyRequest): void {
  const address = `http://${host}`;
  if (!URL.canParse(address) || !isSecureOrLoopback(address)) throw new AppError("NOT_FOUND");
}
