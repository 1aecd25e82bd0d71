/** Makes the record of a message before it is sent, and decides whether it may be sent at all. */
import type { Clock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Channel } from "../../shared/methods.ts";
import { maskPhone } from "../../shared/phone.ts";
import type { DeliveryStore } from "../store/deliveries.ts";
import type { Delivery } from "../store/delivery-record.ts";
import { maskAddress, whyNotAllowed } from "./destination.ts";

export interface MessageRecords {
  /** Makes the record without storing it. Its state is `failed` when the message may not be sent. */
  plan(
    message: Pick<Delivery, "tenantId" | "correlationId" | "kind" | "channel" | "to" | "expiresAt">,
  ): Delivery;
  /** Logs and stores the record of a message that may not be sent. Never rejects. */
  storeFailed(delivery: Delivery): Promise<void>;
}

export interface MessageRecordsDeps {
  readonly channels: ReadonlySet<Channel>;
  readonly allowedCountries: readonly string[];
  readonly deliveries: Pick<DeliveryStore, "add">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Logger;
}

export function createMessageRecords(deps: MessageRecordsDeps): MessageRecords {
  const { channels, allowedCountries, deliveries, clock, log } = deps;

  /** The reason why no message may be sent there, or null. */
  const whyNot = (channel: Channel, to: string): string | null =>
    channels.has(channel)
      ? whyNotAllowed(channel, to, allowedCountries)
      : "PROVIDER_MISSING: no provider is configured for this kind of message";

  return {
    plan({ tenantId, correlationId, kind, channel, to, expiresAt }) {
      const error = whyNot(channel, to);
      const at = clock.now();
      return {
        id: newId(),
        tenantId,
        correlationId,
        kind,
        channel,
        to: channel === "email" ? maskAddress(to) : maskPhone(to),
        state: error === null ? "waiting" : "failed",
        provider: null,
        tries: 0,
        error,
        createdAt: at,
        changedAt: at,
        expiresAt,
      };
    },
    async storeFailed(delivery) {
      const { id: deliveryId, tenantId, correlationId, kind, channel, error: why } = delivery;
      log.warn("notify.message.withheld", { tenantId, correlationId, deliveryId, kind, channel, why });
      await deliveries
        .add(delivery)
        .catch((error: unknown) => log.warn("notify.delivery.not_recorded", { deliveryId, error }));
    },
  };
}
