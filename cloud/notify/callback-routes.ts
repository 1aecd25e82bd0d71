/** Receives delivery reports of providers. A forged report and one about an unknown message get the same 404. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { tenantIdSchema, ulidSchema } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { WebhookConfig } from "../config/phone-provider.ts";
import type { DeliveryReport, DeliveryStore } from "../store/deliveries.ts";
import { type CallbackTokens, TWILIO_CALLBACK_PATH, TWILIO_SPEECH_PATH } from "./callback-tokens.ts";
import { sayAfterKey, type TwilioProvider } from "./providers/twilio-provider.ts";
import { SIGNATURE_HEADER, verifyWebhook } from "./providers/webhook-signature.ts";

export interface CallbackDeps {
  readonly twilio: readonly TwilioProvider[];
  readonly webhooks: readonly WebhookConfig[];
  readonly tokens: CallbackTokens;
  readonly deliveries: Pick<DeliveryStore, "report">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Logger;
}

const BODY_LIMIT = 16 * 1024;
const MAX_REASON = 100;

type ReportedState = DeliveryReport["state"];
/** https://www.twilio.com/docs/messaging/api/message-resource and …/voice/api/call-resource; the other states are not final. */
const STATE_OF: Readonly<Record<string, ReportedState>> = {
  delivered: "delivered",
  read: "delivered",
  undelivered: "undelivered",
  failed: "undelivered",
  completed: "delivered",
  busy: "undelivered",
  "no-answer": "undelivered",
  canceled: "undelivered",
};

const twilioSchema = z.object({
  MessageStatus: z.string().max(32).optional(),
  CallStatus: z.string().max(32).optional(),
  ErrorCode: z
    .string()
    .regex(/^\d{1,6}$/)
    .optional()
    .catch(undefined),
});

const webhookSchema = z.strictObject({
  /** The id that the webhook was sent. */
  id: z.string().max(100),
  status: z.enum(["delivered", "undelivered"]),
  reason: z.string().max(1_000).optional(),
});
const speechQuerySchema = z.object({ speech: z.string().max(4_000).default("") });
const messageSchema = z.tuple([tenantIdSchema, ulidSchema]);

export function registerCallbackRoutes(app: FastifyInstance, deps: CallbackDeps): void {
  const { twilio, webhooks, tokens, deliveries, clock, log } = deps;

  async function report(reply: FastifyReply, message: DeliveryReport): Promise<FastifyReply> {
    const { tenantId, id: deliveryId, state, provider, error } = message;
    const result = await deliveries.report(message);
    if (result === null) throw refuse(provider, "no such message");
    if (result === "changed")
      log.info("notify.message.reported", { tenantId, deliveryId, state, provider, why: error });
    return reply.code(204).send();
  }

  function refuse(provider: string, why: string): AppError {
    log.warn("notify.callback.refused", { provider: provider.slice(0, 40), why });
    return new AppError("NOT_FOUND");
  }

  async function onTwilio(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string };
    const opened = tokens.open(token);
    if (opened === null) throw refuse("twilio", "bad token");
    const { url, provider, tenantId, id } = opened;
    const fields = Object.fromEntries(new URLSearchParams(bodyOf(request)));
    const signature = headerOf(request, "x-twilio-signature");
    const isGenuine = twilio.some(
      (account) => account.name === provider && account.isCallbackGenuine(signature, url, fields),
    );
    if (!isGenuine) throw refuse(provider, "bad signature");

    const { MessageStatus, CallStatus, ErrorCode } = twilioSchema.parse(fields);
    const status = MessageStatus ?? CallStatus ?? "";
    const state = STATE_OF[status];
    if (state === undefined) return reply.code(204).send(); // not final yet
    const error =
      state === "delivered"
        ? null
        : `${provider}: ${status}${ErrorCode === undefined ? "" : `, Twilio error ${ErrorCode}`}`;
    return report(reply, { tenantId, id, state, provider, error });
  }

  /** A key was pressed in a call: answers with what it says. */
  function onSpeech(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { speech: sealed } = speechQuerySchema.parse(request.query);
    const opened = tokens.openSpeech(sealed);
    if (opened === null) throw refuse("twilio", "bad speech");
    const { speech, url } = opened;
    const fields = Object.fromEntries(new URLSearchParams(bodyOf(request)));
    const signature = headerOf(request, "x-twilio-signature");
    const isGenuine = twilio.some(
      (account) => account.name === speech.provider && account.isCallbackGenuine(signature, url, fields),
    );
    if (!isGenuine) throw refuse(speech.provider, "bad signature");
    return reply.type("text/xml; charset=utf-8").send(sayAfterKey(speech, clock.now()));
  }

  async function onWebhook(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { provider } = request.params as { provider: string };
    const body = bodyOf(request);
    const signature = headerOf(request, SIGNATURE_HEADER);
    const isGenuine = webhooks.some(
      ({ name, secret }) => name === provider && verifyWebhook(secret, signature, body, clock.now()),
    );
    if (!isGenuine) throw refuse(provider, "bad signature");

    const parsed = webhookSchema.safeParse(parseJson(body));
    if (!parsed.success)
      throw new AppError(
        "REQUEST_INVALID",
        "The body must be {id, status: delivered | undelivered, reason?}.",
      );
    const message = messageSchema.safeParse(parsed.data.id.split("."));
    if (!message.success) throw refuse(provider, "no such message");
    const [tenantId, id] = message.data;
    const { status: state, reason = "" } = parsed.data;
    const error = state === "delivered" ? null : `${provider}: ${plainReason(reason)}`;
    return report(reply, { tenantId, id, state, provider, error });
  }

  void app.register((scope, _options, done) => {
    // Signatures cover the raw body.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, parsed) => parsed(null, body));
    const options = { bodyLimit: BODY_LIMIT, schema: { hide: true } };
    if (twilio.length > 0) scope.post(`${TWILIO_CALLBACK_PATH}:token`, options, onTwilio);
    if (twilio.length > 0) scope.post(TWILIO_SPEECH_PATH, options, onSpeech);
    if (webhooks.length > 0) scope.post("/notify/webhook/:provider", options, onWebhook);
    done();
  });
}

const bodyOf = ({ body }: FastifyRequest): string => (typeof body === "string" ? body : "");

function headerOf({ headers }: FastifyRequest, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : "";
}

/** The provider's reason. It may contain the number, so digits are cut out. */
const plainReason = (reason: string): string =>
  reason
    .replace(/[^\x20-\x7e]+/g, " ")
    .replace(/\+?\d{5,}/g, "…")
    .slice(0, MAX_REASON)
    .trim() || "not delivered";
