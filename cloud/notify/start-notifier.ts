/** Assembles the parts of notifications on one node. */
import type { FastifyInstance } from "fastify";
import type { Clock } from "../../shared/clock.ts";
import { isSecureOrLoopback } from "../../shared/config/fields.ts";
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import { type Channel, CHANNELS } from "../../shared/methods.ts";
import { maskPhone } from "../../shared/phone.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import type { Audit } from "../audit/audit.ts";
import type { NotifyConfig } from "../config/notify.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { createConversionStore } from "../store/conversion.ts";
import { createDeliveryStore } from "../store/deliveries.ts";
import type { Delivery } from "../store/delivery-record.ts";
import { openOutbox } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";
import { registerCallbackRoutes } from "./callback-routes.ts";
import { createCallbackTokens } from "./callback-tokens.ts";
import { type AddressedNotice, type ComposerDeps, createComposer } from "./composer.ts";
import { type ConversionAlarmDeps, createConversionAlarm } from "./conversion-alarm.ts";
import { maskAddress, whyNotAllowed } from "./destination.ts";
import { createDevelopmentOutbox } from "./development-outbox.ts";
import { createFailover } from "./failover.ts";
import { NOTICE_TIMINGS, noticeText, type NoticeTimings, startNoticeDelivery } from "./notice-delivery.ts";
import { type Notice, type Notifier } from "./notifier.ts";
import { registerOutboxRoutes } from "./outbox-routes.ts";
import { openProviders } from "./providers/open-providers.ts";
import { sendOtp } from "./send-otp.ts";

export interface NotifierDeps {
  readonly config: NotifyConfig;
  readonly publicUrl: string;
  readonly store: Store;
  readonly tenants: ComposerDeps["tenants"];
  /** Recipients of the breaker's alarm: `admins.emails` and `language` of the tenant's policy. */
  readonly admins: ConversionAlarmDeps["admins"];
  readonly portalKeys: PortalKeys;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Logger;
  /** Replace the defaults. */
  readonly timings?: Partial<NoticeTimings>;
}

export interface RunningNotifier extends Notifier {
  /** Registers the callbacks of providers, and the development outbox when it is enabled. */
  registerRoutes(app: FastifyInstance): void;
}

/** Codes that are being sent when the node closes get this long. */
const CLOSE_MS = 3_000;
const MOST_RECIPIENTS = 20;

/** Throws CONFIG_INVALID (the outbox on a public address), STORE_UNAVAILABLE. */
export async function startNotifier(deps: NotifierDeps): Promise<RunningNotifier> {
  const { config, publicUrl, store, portalKeys, clock } = deps;
  if (config.outbox && !(publicUrl.startsWith("http:") && isSecureOrLoopback(publicUrl)))
    throw new AppError(
      "CONFIG_INVALID",
      "notify.outbox shows codes to every visitor. Disable it, or set publicUrl to a loopback address such as http://127.0.0.1:8080.",
    );
  const log = deps.log.child({ room: "notify" });
  const closing = new CloseStack();
  try {
    const tokens = createCallbackTokens(portalKeys, publicUrl);
    const development = config.outbox ? createDevelopmentOutbox(clock) : null;
    const { providers, twilio, webhooks } = closing.add(
      await openProviders(config, { tokens, development, clock }),
    );
    const deliveries = createDeliveryStore(store, clock);
    const composer = createComposer({ tenants: deps.tenants, publicUrl, clock });
    const failover = createFailover({ providers, clock, log });
    const timings = { ...NOTICE_TIMINGS, ...deps.timings };
    const { leaseMs } = timings;
    const outbox = closing.add(await openOutbox({ store, leaseMs, clock, log }));
    const notices = closing.add(
      startNoticeDelivery({ outbox, composer, failover, deliveries, clock, log, timings }),
    );
    const channels = new Set(CHANNELS.filter((channel) => providers[channel].length > 0));
    const alarm = createConversionAlarm({
      counts: createConversionStore(store, clock),
      admins: deps.admins,
      notify,
      audit: deps.audit,
      clock,
      log,
    });
    const stop = new AbortController();
    const underWay = new Set<Promise<unknown>>();

    /** The reason why no message may be sent there, or null. */
    const whyNot = (channel: Channel, to: string): string | null =>
      channels.has(channel)
        ? whyNotAllowed(channel, to, config.allowedCountries)
        : "PROVIDER_MISSING: no provider is configured for this kind of message";

    function plan(
      message: Pick<Delivery, "tenantId" | "correlationId" | "kind" | "channel" | "to">,
    ): Delivery {
      const { tenantId, correlationId, kind, channel, to } = message;
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
      };
    }

    async function record(delivery: Delivery): Promise<void> {
      const { id: deliveryId, tenantId, correlationId, kind, channel, error: why } = delivery;
      log.warn("notify.message.withheld", { tenantId, correlationId, deliveryId, kind, channel, why });
      await deliveries
        .add(delivery)
        .catch((error: unknown) => log.warn("notify.delivery.not_recorded", { deliveryId, error }));
    }

    async function notify(notice: Notice): Promise<void> {
      const { tenantId, kind, language, correlationId, facts } = notice;
      const recipients = [
        ...[...new Set(notice.emails.map((to) => to.trim()))].map(
          (to) => ({ channel: "email", to }) as const,
        ),
        ...[...new Set(notice.texts ?? [])].map((to) => ({ channel: "text", to }) as const),
      ].slice(0, MOST_RECIPIENTS);
      const stored: Promise<void>[] = [];
      const texts: string[] = [];
      for (const { channel, to } of recipients) {
        const delivery = plan({ tenantId, correlationId, kind, channel, to });
        if (delivery.state === "failed") stored.push(record(delivery));
        else {
          const { id, createdAt } = delivery;
          const addressed: AddressedNotice = {
            id,
            tenantId,
            kind,
            language,
            correlationId,
            facts,
            channel,
            to,
            createdAt,
          };
          stored.push(deliveries.add(delivery));
          texts.push(noticeText(addressed));
        }
      }
      // At once, so that Redis writes them to disk together. The records are added first: a delivery needs its record.
      if (texts.length > 0) stored.push(notices.add(texts));
      await Promise.all(stored);
    }

    return {
      channels,
      async sendOtp(message) {
        const planned = plan({ ...message, kind: "otp" });
        if (planned.state === "failed") {
          await record(planned);
          return planned;
        }
        const sending = sendOtp(message, planned, {
          composer,
          failover,
          deliveries,
          alarm,
          clock,
          log,
          stop: stop.signal,
        });
        underWay.add(sending);
        try {
          return await sending;
        } finally {
          underWay.delete(sending);
        }
      },
      notify,
      verified: (tenantId, channel) => alarm.verified(tenantId, channel),
      breakerOpen: (tenantId) => alarm.breakerOpen(tenantId),
      deliveries: (tenantId, limit, correlationId) => deliveries.list(tenantId, limit, correlationId),
      registerRoutes(app) {
        registerCallbackRoutes(app, { twilio, webhooks, tokens, deliveries, clock, log });
        if (development !== null) registerOutboxRoutes(app, development);
      },
      async close() {
        stop.abort();
        const patience = new AbortController();
        await Promise.race([Promise.all(underWay), clock.sleep(CLOSE_MS, patience.signal)]);
        patience.abort();
        await closing.close();
      },
    };
  } catch (error) {
    await closing.close();
    throw error;
  }
}
