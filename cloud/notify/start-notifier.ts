/** Assembles the parts of notifications on one node. */
import type { FastifyInstance } from "fastify";
import type { Clock } from "../../shared/clock.ts";
import { isSecureOrLoopback } from "../../shared/config/fields.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { CHANNELS } from "../../shared/methods.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import type { Audit } from "../audit/audit.ts";
import type { NotifyConfig } from "../config/notify.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { createConversionStore } from "../store/conversion.ts";
import { createDeliveryStore } from "../store/deliveries.ts";
import { openOutbox } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";
import { registerCallbackRoutes } from "./callback-routes.ts";
import { createCallbackTokens } from "./callback-tokens.ts";
import { type ComposerDeps, createComposer } from "./composer.ts";
import { type ConversionAlarmDeps, createConversionAlarm } from "./conversion-alarm.ts";
import { createDevelopmentOutbox } from "./development-outbox.ts";
import { createFailover } from "./failover.ts";
import { createMessageRecords } from "./message-records.ts";
import { NOTICE_TIMINGS, type NoticeTimings, startNoticeDelivery } from "./notice-delivery.ts";
import { type Notice, type Notifier } from "./notifier.ts";
import { registerOutboxRoutes } from "./outbox-routes.ts";
import { openProviders } from "./providers/open-providers.ts";
import { sendOtp } from "./send-otp.ts";
import { sendTest } from "./send-test.ts";
import { storeNotice } from "./store-notice.ts";

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

/** Time that codes in sending get when the node closes. */
const CLOSE_MS = 3_000;

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
      openProviders(config, { tokens, development, clock }),
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
    const records = createMessageRecords({
      channels,
      allowedCountries: config.allowedCountries,
      deliveries,
      clock,
      log,
    });
    const notify = (notice: Notice): Promise<void> => storeNotice(notice, { records, deliveries, notices });
    const alarm = createConversionAlarm({
      counts: createConversionStore({ store }),
      admins: deps.admins,
      notify,
      audit: deps.audit,
      clock,
      log,
    });
    const stop = new AbortController();
    const underWay = new Set<Promise<unknown>>();

    return {
      channels,
      async sendOtp(message) {
        const planned = records.plan({ ...message, kind: "otp" });
        if (planned.state === "failed") {
          await records.storeFailed(planned);
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
      sendTest: (message) => sendTest(message, { providers, records, composer, deliveries, log }),
      verified: (tenantId, code) => alarm.verified(tenantId, code),
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
