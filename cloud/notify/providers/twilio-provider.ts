/**
 * Sends text messages and calls through Twilio's REST API. Two requests and one signature are needed; the vendor's
 * library has 21 MB and brings an HTTP client and a JWT library of its own.
 */
import { createHmac } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../../shared/clock.ts";
import { isEqualInConstantTime } from "../../../shared/constant-time.ts";
import { escapeHtml } from "../../../shared/escape-html.ts";
import type { Language } from "../../../shared/language.ts";
import { parseJson } from "../../../shared/parse-json.ts";
import type { TwilioConfig } from "../../config/phone-provider.ts";
import type { Speech } from "../callback-tokens.ts";
import { networkAnswer, statusAnswer } from "./network-answer.ts";
import type { OutgoingMessage, Provider, ProviderAnswer } from "./provider.ts";
import { readBounded } from "./read-bounded.ts";

export interface TwilioProvider extends Provider<"text" | "call"> {
  /** Checks that this callback was signed with the account's token. `url` is the callback address that Twilio was given. */
  isCallbackGenuine(signature: string, url: string, fields: Readonly<Record<string, string>>): boolean;
}

export interface TwilioDeps {
  readonly clock: Pick<Clock, "now">;
  /** Address that Twilio reports the delivery of a message to. */
  readonly callbackUrl: (provider: string, message: OutgoingMessage) => string;
  /** Address at which a call gets what it says once a key was pressed. */
  readonly speechUrl: (speech: Speech) => string;
}

const API = "https://api.twilio.com";
const VOICES: Readonly<Record<Language, string>> = {
  en: "en-GB",
  nl: "nl-NL",
  de: "de-DE",
  fr: "fr-FR",
  es: "es-ES",
};

/** Twilio's limits for the validity period of a message in its queue. */
const VALIDITY_SECONDS = { least: 5, most: 36_000 } as const;
const RING_SECONDS = 30;
const CALL_SECONDS = 90;
/** How long a call waits for a key. A voicemail presses none, so it records no code. */
const KEY_SECONDS = 10;

export function createTwilioProvider(config: TwilioConfig, deps: TwilioDeps): TwilioProvider {
  const { name, accountSid, authToken, from, messagingServiceSid, baseUrl = API, timeoutMs } = config;
  const { clock, callbackUrl, speechUrl } = deps;
  const closing = new AbortController();

  function fieldsOf(message: OutgoingMessage<"text" | "call">): Record<string, string> {
    const { to, content, language, expiresAt } = message;
    const shared = { To: to, StatusCallback: callbackUrl(name, message) };
    if (content.channel === "text")
      return {
        ...shared,
        Body: content.text,
        ...(messagingServiceSid === undefined
          ? { From: from ?? "" }
          : { MessagingServiceSid: messagingServiceSid }),
        ...(expiresAt === null ? {} : { ValidityPeriod: String(secondsUntil(expiresAt)) }),
      };
    const { ask, sentences } = content;
    const until = expiresAt ?? clock.now() + CALL_SECONDS * 1_000;
    const action = speechUrl({ provider: name, language, sentences: [...sentences], until });
    const question = sayIn(language, ask);
    return {
      ...shared,
      From: from ?? "", // the configuration requires it for calls
      Twiml: respond(
        `<Gather numDigits="1" timeout="${KEY_SECONDS}" action="${escapeHtml(action)}">${question}${PAUSE}${question}</Gather>`,
      ),
      StatusCallbackEvent: "completed",
      Timeout: String(RING_SECONDS),
      TimeLimit: String(CALL_SECONDS),
    };
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
      const resource = message.content.channel === "text" ? "Messages" : "Calls";
      const login = Buffer.from(`${accountSid}:${authToken.reveal()}`).toString("base64");
      try {
        const response = await fetch(
          `${baseUrl.replace(/\/+$/, "")}/2010-04-01/Accounts/${accountSid}/${resource}.json`,
          {
            method: "POST",
            headers: { authorization: `Basic ${login}`, "user-agent": "latchkey" },
            body: new URLSearchParams(fieldsOf(message)),
            // A redirect would send the message to an address that the operator has not configured.
            redirect: "manual",
            signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
          },
        );
        return await answerOf(response);
      } catch (error) {
        return networkAnswer(error);
      }
    },
    isCallbackGenuine: (signature, url, fields) =>
      isEqualInConstantTime(
        Buffer.from(signature),
        Buffer.from(signatureOf(authToken.reveal(), url, fields)),
      ),
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}

/** What Twilio says after a key was pressed, as TwiML. Nothing after the speech's end. */
export const sayAfterKey = ({ language, sentences, until }: Speech, now: number): string =>
  respond(
    now > until ? "<Hangup/>" : sentences.map((sentence) => sayIn(language, sentence) + PAUSE).join(""),
  );

const PAUSE = '<Pause length="1"/>';
const sayIn = (language: Language, text: string): string =>
  `<Say language="${VOICES[language]}">${escapeHtml(text)}</Say>`;
const respond = (content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Response>${content}</Response>`;

/**
 * HMAC-SHA1 over the address and the form's names and values, sorted by name
 * (https://www.twilio.com/docs/usage/security#validating-requests).
 */
function signatureOf(token: string, url: string, fields: Readonly<Record<string, string>>): string {
  const names = Object.keys(fields).sort();
  const text = url + names.map((field) => field + (fields[field] ?? "")).join("");
  return createHmac("sha1", token).update(text, "utf8").digest("base64");
}

const answerSchema = z.object({
  sid: z
    .string()
    .regex(/^[A-Z]{2}[0-9a-f]{32}$/)
    .optional()
    .catch(undefined),
  code: z.number().optional().catch(undefined),
});

/** Uses the HTTP status, and Twilio's id or error code. The text of the error is not used, because it contains the recipient's number. */
async function answerOf(response: Response): Promise<ProviderAnswer> {
  const { status, ok } = response;
  const { sid, code } = answerSchema.safeParse(parseJson(await readBounded(response))).data ?? {};
  if (ok) return statusAnswer(status, sid === undefined ? "" : `, ${sid}`);
  return statusAnswer(status, code === undefined ? "" : `, Twilio error ${code}`);
}
