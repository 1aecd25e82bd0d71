/** A provider for development: sends nothing on any channel, and keeps the messages to be read in a browser. */
import type { Clock } from "../../shared/clock.ts";
import type { Channel } from "../../shared/methods.ts";
import type { Delivery } from "../store/delivery-record.ts";
import type { OutgoingMessage, Provider } from "./providers/provider.ts";

/** One message as /outbox.json returns it. */
export interface OutboxMessage {
  /** Counts up from 1. Used by `?after=`. */
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  readonly deliveryId: string;
  readonly tenantId: string;
  readonly correlationId: string;
  readonly kind: Delivery["kind"];
  readonly channel: Channel;
  readonly to: string;
  /** The code; null for a notice. */
  readonly otp: string | null;
  readonly subject: string | null;
  /** The text, or the spoken sentences. */
  readonly text: string;
}

export interface OutboxFilter {
  /** A phone number or email address. */
  readonly to?: string | undefined;
  /** Only messages with a higher number. */
  readonly after?: number | undefined;
}

export interface DevelopmentOutbox extends Provider {
  /** Newest first. */
  messages(filter?: OutboxFilter): OutboxMessage[];
  /** Waits until there is at least one message. Resolves to none when `signal` is aborted before. */
  nextMessages(filter: OutboxFilter, signal: AbortSignal): Promise<OutboxMessage[]>;
}

const OUTBOX_NAME = "outbox";
const MOST = 200;

export function createDevelopmentOutbox(clock: Pick<Clock, "now">): DevelopmentOutbox {
  let kept: readonly OutboxMessage[] = [];
  let count = 0;
  /** Called after each message by the requests that wait. */
  const waiting = new Set<() => void>();

  const messages: DevelopmentOutbox["messages"] = ({ to, after = 0 } = {}) =>
    kept.filter((message) => message.number > after && (to === undefined || message.to === to));

  function keep({ content, ...message }: OutgoingMessage): void {
    count += 1;
    const entry: OutboxMessage = {
      number: count,
      at: new Date(clock.now()).toISOString(),
      deliveryId: message.id,
      tenantId: message.tenantId,
      correlationId: message.correlationId,
      kind: message.kind,
      channel: content.channel,
      to: message.to,
      otp: message.otp?.reveal() ?? null,
      subject: content.channel === "email" ? content.subject : null,
      text: content.channel === "call" ? content.sentences.join("\n") : content.text,
    };
    kept = [entry, ...kept.slice(0, MOST - 1)];
    for (const look of waiting) look();
  }

  return {
    name: OUTBOX_NAME,
    repeatable: true,
    costs: false,
    send(message) {
      keep(message);
      return Promise.resolve({ kind: "taken", said: "kept at /outbox" });
    },
    messages,
    nextMessages: (filter, signal) =>
      new Promise((resolve) => {
        const answer = (): void => {
          waiting.delete(look);
          signal.removeEventListener("abort", answer);
          resolve(messages(filter));
        };
        const look = (): void => {
          if (messages(filter).length > 0) answer();
        };
        waiting.add(look);
        signal.addEventListener("abort", answer);
        if (signal.aborted) answer();
        else look();
      }),
    close: () => Promise.resolve(),
  };
}
