/** Sends text messages and calls through the operator's own webhook. docs/providers.md describes the request. */
import type { Clock } from "../../../shared/clock.ts";
import type { WebhookConfig } from "../../config/phone-provider.ts";
import { networkAnswer, statusAnswer } from "./network-answer.ts";
import type { OutgoingMessage, Provider, ProviderAnswer } from "./provider.ts";
import { SIGNATURE_HEADER, signWebhook } from "./webhook-signature.ts";

export function createWebhookProvider(
  { name, url, secret, timeoutMs }: WebhookConfig,
  clock: Pick<Clock, "now">,
): Provider<"text" | "call"> {
  const closing = new AbortController();

  async function send(message: OutgoingMessage<"text" | "call">): Promise<ProviderAnswer> {
    const body = bodyOf(message);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "latchkey",
          [SIGNATURE_HEADER]: signWebhook(secret, body, clock.now()),
        },
        body,
        // A redirect would send the message and its signature to an address that the operator has not configured.
        redirect: "manual",
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
      });
      await response.body?.cancel();
      return statusAnswer(response.status);
    } catch (error) {
      return networkAnswer(error);
    }
  }

  return {
    name,
    // docs/providers.md requires the receiver to detect repeats by id.
    repeatable: true,
    costs: true,
    send,
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}

/** Returns the id that the webhook's delivery reports must name. It contains the tenant. */
const webhookMessageId = ({ tenantId, id }: { tenantId: string; id: string }): string => `${tenantId}.${id}`;

function bodyOf(message: OutgoingMessage<"text" | "call">): string {
  const { content, expiresAt } = message;
  return JSON.stringify({
    id: webhookMessageId(message),
    tenantId: message.tenantId,
    correlationId: message.correlationId,
    kind: message.kind,
    channel: content.channel,
    to: message.to,
    language: message.language,
    text: content.channel === "text" ? content.text : content.sentences.join(" "),
    ...(content.channel === "call" ? { ask: content.ask, sentences: content.sentences } : {}),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  });
}
