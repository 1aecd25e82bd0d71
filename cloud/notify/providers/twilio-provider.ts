/** Sends text messages and calls through Twilio. */
import { Agent } from "node:https";
import type RequestClient from "twilio/lib/base/RequestClient.js";
import type { Clock } from "../../../shared/clock.ts";
import type { Language } from "../../../shared/language.ts";
import type { TwilioConfig } from "../../config/notify.ts";
import { networkAnswer, statusAnswer } from "./network-answer.ts";
import type { OutgoingMessage, Provider, ProviderAnswer } from "./provider.ts";

export interface TwilioProvider extends Provider<"text" | "call"> {
  /** Checks that this callback was signed with the account's token. `url` is the callback address that Twilio was given. */
  isCallbackGenuine(signature: string, url: string, fields: Readonly<Record<string, string>>): boolean;
}

export interface TwilioDeps {
  readonly clock: Pick<Clock, "now">;
  /** Address that Twilio reports the delivery of a message to. */
  readonly callbackUrl: (provider: string, message: OutgoingMessage) => string;
}

const VOICES = { en: "en-GB", nl: "nl-NL", de: "de-DE", fr: "fr-FR", es: "es-ES" } as const satisfies Record<
  Language,
  string
>;

/** Twilio's limits for the validity period of a message in its queue. */
const VALIDITY_SECONDS = { least: 5, most: 36_000 } as const;
const RING_SECONDS = 30;
const CALL_SECONDS = 90;

/** Loads the library, which takes 200 ms and 10 MB, only when a Twilio provider is configured. */
export async function createTwilioProvider(
  config: TwilioConfig,
  { clock, callbackUrl }: TwilioDeps,
): Promise<TwilioProvider> {
  const { name, accountSid, authToken, from, messagingServiceSid, baseUrl, timeoutMs } = config;
  const library = await import("twilio");
  const { RequestClient: Client, twiml } = library.default;

  class Http extends Client {
    override request<T>(options: RequestClient.RequestOptions<T>) {
      const uri = baseUrl === undefined ? options.uri : rebase(options.uri, baseUrl);
      return super.request<T>({ ...options, uri, timeout: timeoutMs });
    }
  }
  const http = new Http({ timeout: timeoutMs });
  const client = library.default(accountSid, authToken.reveal(), { httpClient: http, logLevel: "none" });

  async function create(message: OutgoingMessage<"text" | "call">): Promise<void> {
    const { to, content } = message;
    const statusCallback = callbackUrl(name, message);
    if (content.channel === "text") {
      await client.messages.create({
        to,
        body: content.text,
        statusCallback,
        ...(messagingServiceSid === undefined ? { from: from ?? "" } : { messagingServiceSid }),
        ...(message.expiresAt === null ? {} : { validityPeriod: secondsUntil(message.expiresAt) }),
      });
      return;
    }
    const response = new twiml.VoiceResponse();
    for (const sentence of content.sentences) {
      response.say({ language: VOICES[message.language] }, sentence);
      response.pause({ length: 1 });
    }
    await client.calls.create({
      to,
      from: from ?? "", // the configuration requires it for calls
      twiml: response.toString(),
      statusCallback,
      statusCallbackEvent: ["completed"],
      timeout: RING_SECONDS,
      timeLimit: CALL_SECONDS,
    });
  }

  const secondsUntil = (instant: number): number =>
    Math.min(
      Math.max(Math.ceil((instant - clock.now()) / 1000), VALIDITY_SECONDS.least),
      VALIDITY_SECONDS.most,
    );

  return {
    name,
    // The API has no idempotency key.
    repeatable: false,
    costs: true,
    async send(message) {
      try {
        await create(message);
        return { kind: "taken" };
      } catch (error) {
        return twilioAnswer(error);
      }
    },
    isCallbackGenuine: (signature, url, fields) =>
      library.default.validateRequest(authToken.reveal(), signature, url, fields),
    close() {
      // Closes idle sockets. Requests in progress end by their own time-out.
      const agent: unknown = http.axios.defaults.httpsAgent;
      if (agent instanceof Agent) agent.destroy();
      return Promise.resolve();
    },
  };
}

/** Replaces the server in the library's address and keeps its path and query. */
function rebase(uri: string, baseUrl: string): string {
  const { pathname, search } = new URL(uri);
  return `${baseUrl.replace(/\/+$/, "")}${pathname}${search}`;
}

/** Uses HTTP status and Twilio's error code. The text of the error is not used, because it contains the recipient's number. */
function twilioAnswer(error: unknown): ProviderAnswer {
  if (!(error instanceof Error)) return networkAnswer(error);
  const status: unknown = Reflect.get(error, "status");
  const code: unknown = Reflect.get(error, "code");
  if (typeof status !== "number") return networkAnswer(error);
  return statusAnswer(status, typeof code === "number" ? `, Twilio error ${code}` : "");
}
