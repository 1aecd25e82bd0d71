/** Test messages: what each configured provider answers to a real message. */
import { testMessageSchema, testResultSchema } from "../../shared/api/test-messages.ts";
import { AppError } from "../../shared/errors.ts";
import { testMessages } from "../limits/requests.ts";
import { type ApiApp, type ApiServices, auditAction, tenantParams } from "./api-context.ts";

export function messageRoutes(
  app: ApiApp,
  { notifier, limits, policy, tenants, audit, clock }: ApiServices,
): void {
  app.post(
    "/tenants/:tenantId/messages/test",
    {
      config: { scope: "tenants:write" },
      schema: {
        summary: "Send a test message, and return what the providers answer",
        params: tenantParams,
        body: testMessageSchema,
        response: { 200: testResultSchema },
      },
    },
    async (request, reply) => {
      const { tenantId } = request.params;
      const { channel, to, provider = null, language } = request.body;
      await tenants.assertTenant(tenantId);
      const refusal = await limits.take(tenantId, testMessages());
      if (refusal !== null) {
        const seconds = Math.max(1, Math.ceil((refusal.until - clock.now()) / 1_000));
        reply.header("retry-after", String(seconds));
        throw new AppError(
          "RATE_LIMITED",
          `Too many test messages were sent. The next one is possible in ${seconds} seconds, or after: latchkey limits lift ${refusal.name}`,
        );
      }
      const { delivery, answers } = await notifier.sendTest({
        tenantId,
        correlationId: request.id,
        channel,
        to,
        provider,
        language: language ?? (await policy.get(tenantId)).policy.language,
      });
      await auditAction(audit, request, {
        tenantId,
        action: "message.tested",
        subject: null,
        details: {
          channel,
          to: delivery.to,
          deliveryId: delivery.id,
          answers: answers.map((one) => `${one.provider}: ${one.answer}`).join(", "),
        },
      });
      return { delivery, answers: [...answers] };
    },
  );
}
