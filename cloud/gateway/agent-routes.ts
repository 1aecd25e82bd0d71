/** The HTTP requests of an agent: for a nonce, to enrol, and to open its connection where a proxy has dropped the upgrade. */
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { AGENT_PATH, PROTOCOL_VERSION, PROTOCOL_VERSION_MIN } from "../../shared/protocol/version.ts";
import {
  challengeRequestSchema,
  type ChallengeResponse,
  enrollmentRequestSchema,
} from "../../shared/sealing/enrollment.ts";
import type { Enrollment } from "../enrollment/enrollment.ts";
import type { Nonces } from "./nonces.ts";
import { createRateWindow } from "./rate-window.ts";

export interface AgentRouteOptions {
  readonly nonces: Nonces;
  readonly enrollment: Pick<Enrollment, "enroll">;
  readonly node: string;
  readonly log: Logger;
  readonly clock: Clock;
}

const REFUSED_ENROLLMENTS_PER_MINUTE = 30;

export function registerAgentRoutes(app: FastifyInstance, options: AgentRouteOptions): void {
  const { nonces, enrollment, node, log, clock } = options;
  const refused = createRateWindow(REFUSED_ENROLLMENTS_PER_MINUTE, MINUTE_MS, clock);

  /** Answers with code and meaning as JSON, whatever error pages the rest of the application serves. */
  async function answer(reply: FastifyReply, work: () => unknown): Promise<FastifyReply> {
    try {
      return await reply.send(await work());
    } catch (error) {
      const { code, message, info } = toAppError(error);
      if (code === "INTERNAL") log.error("gateway.request.failed", { error });
      return await reply.code(info.http).send({ code, message });
    }
  }

  // An agent that does not exist gets a nonce too, so that a stranger does not learn which agents exist.
  app.post(`${AGENT_PATH}/challenge`, { bodyLimit: 1024, schema: { hide: true } }, (request, reply) =>
    answer(reply, (): ChallengeResponse => {
      const body = challengeRequestSchema.safeParse(request.body);
      if (!body.success) throw new AppError("REQUEST_INVALID");
      return {
        nonce: nonces.issue(body.data.tenantId, body.data.agentId),
        serverTime: clock.now(),
        node,
        versionMin: PROTOCOL_VERSION_MIN,
        versionMax: PROTOCOL_VERSION,
      };
    }),
  );

  // An upgrade does not come here: the server gives it to upgrade.ts. This request was one before a proxy dropped its headers.
  app.get(AGENT_PATH, { schema: { hide: true } }, (_request, reply) =>
    answer(reply, () => {
      throw new AppError("UPGRADE_MISSING");
    }),
  );

  app.post(`${AGENT_PATH}/enroll`, { bodyLimit: 128 * 1024, schema: { hide: true } }, (request, reply) =>
    answer(reply, async () => {
      if (refused.isSpent(request.ip)) {
        reply.header("retry-after", "60");
        throw new AppError("RATE_LIMITED");
      }
      try {
        const body = enrollmentRequestSchema.safeParse(request.body);
        if (!body.success) throw new AppError("REQUEST_INVALID");
        return await enrollment.enroll(body.data, request.ip);
      } catch (error) {
        refused.allow(request.ip);
        throw error;
      }
    }),
  );
}
