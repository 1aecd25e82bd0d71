/** Stores a notice for each of its recipients, to be delivered in the background. */
import type { DeliveryStore } from "../store/deliveries.ts";
import type { MessageRecords } from "./message-records.ts";
import { type NoticeDelivery, noticeText } from "./notice-delivery.ts";
import type { Notice } from "./notifier.ts";

export interface StoreNoticeDeps {
  readonly records: MessageRecords;
  readonly deliveries: Pick<DeliveryStore, "add">;
  readonly notices: Pick<NoticeDelivery, "add">;
}

const MOST_RECIPIENTS = 20;

export async function storeNotice(
  notice: Notice,
  { records, deliveries, notices }: StoreNoticeDeps,
): Promise<void> {
  const { tenantId, kind, language, correlationId, facts } = notice;
  const stored: Promise<void>[] = [];
  const texts: string[] = [];
  for (const { channel, to } of recipientsOf(notice)) {
    const delivery = records.plan({ tenantId, correlationId, kind, channel, to, expiresAt: null });
    if (delivery.state === "failed") {
      stored.push(records.storeFailed(delivery));
      continue;
    }
    const { id, createdAt } = delivery;
    stored.push(deliveries.add(delivery));
    texts.push(noticeText({ id, tenantId, kind, language, correlationId, facts, channel, to, createdAt }));
  }
  // All calls are sent at once, so that Redis writes them to disk together. The records come first, because a delivery
  // needs its record.
  if (texts.length > 0) stored.push(notices.add(texts));
  await Promise.all(stored);
}

const recipientsOf = ({ emails, texts = [] }: Notice) =>
  [
    ...[...new Set(emails.map((to) => to.trim()))].map((to) => ({ channel: "email", to }) as const),
    ...[...new Set(texts)].map((to) => ({ channel: "text", to }) as const),
  ].slice(0, MOST_RECIPIENTS);
