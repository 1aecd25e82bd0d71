/** Sends a code: tries the providers round after round until one accepts it or the code expires. */
import { createBackoff } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { type ErrorCode, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { DeliveryStore, SendingResult } from "../store/deliveries.ts";
import type { Delivery } from "../store/delivery-record.ts";
import type { Composer } from "./composer.ts";
import type { ConversionAlarm } from "./conversion-alarm.ts";
import { type Failover, NO_TRAIL } from "./failover.ts";
import type { OtpMessage } from "./notifier.ts";
import type { OutgoingMessage } from "./providers/provider.ts";

export interface OtpSenderDeps {
  readonly composer: Pick<Composer, "otp">;
  readonly failover: Failover;
  readonly deliveries: Pick<DeliveryStore, "add" | "finish">;
  /** Counts accepted messages. */
  readonly alarm: Pick<ConversionAlarm, "sent">;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the rounds when the node closes. */
  readonly stop: AbortSignal;
}

const BACKOFF = { minimumMs: 500, maximumMs: 10_000 } as const;

/** `planned` is the record before the first try. Never rejects. */
export async function sendOtp(
  message: OtpMessage,
  planned: Delivery,
  { composer, failover, deliveries, alarm, clock, log, stop }: OtpSenderDeps,
): Promise<Delivery> {
  const { id: deliveryId, tenantId, correlationId, channel } = planned;
  const { withheld } = message;
  const begun = clock.monotonicMs();
  const isOver = (): boolean => stop.aborted || clock.now() >= message.expiresAt;
  let ended: SendingResult = { state: "failed", provider: null, tries: 0, error: null };

  async function rounds(outgoing: OutgoingMessage): Promise<SendingResult> {
    const backoff = createBackoff(BACKOFF);
    let trail = NO_TRAIL;
    for (;;) {
      const round = await failover.round(outgoing, trail, isOver);
      ({ trail } = round);
      const { tries, error } = trail;
      if (round.kind === "taken") return { state: "sent", provider: round.provider, tries, error };
      if (round.kind === "given_up") return { state: "failed", provider: null, tries, error };
      if (isOver())
        return { state: "failed", provider: null, tries, error: error ?? "expired before it was sent" };
      const leftMs = Math.max(0, message.expiresAt - clock.now());
      await clock.sleep(Math.min(BACKOFF.minimumMs + backoff.nextMs(), leftMs), stop);
    }
  }

  try {
    const outgoing = await composer.otp(deliveryId, message);
    await deliveries.add(planned, withheld === undefined ? "sent" : "withheld"); // before sending: a provider's report must find the record
    ended = withheld === undefined ? await rounds(outgoing) : { ...ended, error: `withheld: ${withheld}` };
    await deliveries.finish(planned, ended);
    if (ended.state === "sent" && message.counted !== undefined) await alarm.sent(tenantId, message.counted);
  } catch (error) {
    const { code } = toAppError(error);
    log.error("notify.otp.not_recorded", { tenantId, correlationId, deliveryId, code, error });
    ended = { ...ended, error: ended.error ?? code };
  }
  const { state, provider, tries, error } = ended;
  const fields = {
    tenantId,
    correlationId,
    deliveryId,
    kind: "otp",
    channel,
    provider,
    tries,
    why: error,
    ms: Math.round(clock.monotonicMs() - begun),
  };
  if (state === "sent") log.info("notify.message.sent", fields);
  else if (withheld !== undefined) log.info("notify.message.withheld", fields);
  else log.error("notify.message.failed", { ...fields, code: "PROVIDER_FAILED" satisfies ErrorCode });
  return { ...planned, ...ended, changedAt: clock.now() };
}
