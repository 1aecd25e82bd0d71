/** Starts the notifier of one node with real Redis and the HTTP server that providers report to. */
import { randomBytes } from "node:crypto";
import fastify from "fastify";
import type { AuditEvent } from "../../cloud/audit/audit.ts";
import { notifyConfigSchema } from "../../cloud/config/notify.ts";
import { createPortalKeys, type PortalKeys } from "../../cloud/keys/portal-keys.ts";
import type { NoticeTimings } from "../../cloud/notify/notice-delivery.ts";
import type { OtpMessage } from "../../cloud/notify/notifier.ts";
import { startNotifier } from "../../cloud/notify/start-notifier.ts";
import { openStore, type RedisAddress } from "../../cloud/store/store.ts";
import { freePort } from "../../lab/free-port.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { AppError, toAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Channel } from "../../shared/methods.ts";
import { Secret } from "../../shared/secret.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { testMac } from "./record-mac.ts";
import { type SmsGateway, TWILIO_ACCOUNT, WEBHOOK_SECRET } from "./sms-gateway.ts";
import { SMTP_LOGIN, type SmtpServer } from "./smtp-server.ts";

export interface NotifierNodeOptions {
  readonly connection: RedisAddress;
  /** The configuration as in the file, but with secrets in place. */
  readonly notify?: Readonly<Record<string, unknown>>;
  readonly tenantName?: string;
  readonly adminEmails?: readonly string[];
  readonly timings?: Partial<NoticeTimings>;
  readonly clock?: Clock;
  readonly publicUrl?: string;
  readonly portalKeys?: PortalKeys;
}

export type NotifierNode = Awaited<ReturnType<typeof startNotifierNode>>;

export const newPortalKeys = (): PortalKeys =>
  createPortalKeys(new Secret(randomBytes(32).toString("base64url")));

export async function startNotifierNode(options: NotifierNodeOptions) {
  const { connection, notify = {}, tenantName = "Contoso", adminEmails = [], clock = systemClock } = options;
  const open = new CloseStack();
  const audited: AuditEvent[] = [];
  const logged: { readonly event: string; readonly fields: unknown }[] = [];
  const log = recordingLogger((event, fields) => logged.push({ event, fields }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  try {
    const store = open.add(await openStore({ mac: testMac, connection, log }));
    const notifier = await startNotifier({
      config: notifyConfigSchema.parse(notify),
      publicUrl: options.publicUrl ?? url,
      store,
      tenants: { get: () => Promise.resolve({ name: tenantName }) },
      admins: () => Promise.resolve({ emails: adminEmails, language: "en" }),
      portalKeys: options.portalKeys ?? newPortalKeys(),
      audit: {
        append(event) {
          audited.push(event);
          return Promise.resolve();
        },
      },
      clock,
      log,
      ...(options.timings === undefined ? {} : { timings: options.timings }),
    });
    open.add(notifier);
    const app = fastify({ logger: false, routerOptions: { maxParamLength: 256 } });
    app.setErrorHandler((error, _request, reply) => {
      const { code, info } = error instanceof AppError ? error : toAppError(error);
      return reply.code(info.http).send({ code });
    });
    notifier.registerRoutes(app);
    open.defer(() => app.close());
    await app.listen({ host: "127.0.0.1", port });
    return { notifier, store, url, audited, logged, close: () => open.close() };
  } catch (error) {
    await open.close();
    throw error;
  }
}

function recordingLogger(write: (event: string, fields: unknown) => void): Logger {
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };
  return log;
}

/** Makes a code for this address that expires in five minutes. */
export const otpTo = (to: string, channel: Channel, changes: Partial<OtpMessage> = {}): OtpMessage => ({
  tenantId: `t${newId().toLowerCase()}`,
  correlationId: newId(),
  channel,
  to,
  otp: new Secret("48159263"),
  language: "en",
  expiresAt: Date.now() + 300_000,
  ...changes,
});

export const smtpProvider = (server: Pick<SmtpServer, "port">, changes: Record<string, unknown> = {}) => ({
  name: "main",
  host: "127.0.0.1",
  port: server.port,
  tls: "none",
  fromAddress: "no-reply@contoso.example",
  timeoutMs: 2_000,
  ...changes,
});

/** Configures a provider with TLS and a login. `password` is a plain string that the schema turns into a Secret. */
export const secureSmtpProvider = (server: SmtpServer, tls: "implicit" | "starttls") =>
  smtpProvider(server, {
    tls,
    caFile: server.caFile,
    username: SMTP_LOGIN.user,
    password: SMTP_LOGIN.password,
  });

export const twilioProvider = (gateway: Pick<SmsGateway, "url">, changes: Record<string, unknown> = {}) => ({
  kind: "twilio",
  name: "twilio",
  accountSid: TWILIO_ACCOUNT.sid,
  authToken: TWILIO_ACCOUNT.token,
  from: "+15005550006",
  baseUrl: gateway.url,
  timeoutMs: 2_000,
  ...changes,
});

export const webhookProvider = (gateway: Pick<SmsGateway, "url">, changes: Record<string, unknown> = {}) => ({
  kind: "webhook",
  name: "hook",
  url: `${gateway.url}/hook`,
  secret: WEBHOOK_SECRET,
  timeoutMs: 2_000,
  ...changes,
});
