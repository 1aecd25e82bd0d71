/** Settings of a provider of text messages or calls. */
import { z } from "zod";
import { secret } from "../../shared/config/fields.ts";
import { httpFields, problemsOfTemplate } from "./http-gateway.ts";
import { providerName, secureUrl, timeout } from "./provider-fields.ts";

const MIN_SECRET = 16;

/** The keys of all kinds in one object, so that docs/configuration.md lists them all. The checks below separate the kinds. */
const phoneProviderFields = z.strictObject({
  kind: z.enum(["twilio", "webhook", "http"]).meta({
    description:
      "twilio, webhook for a gateway of your own, or http for the API of any gateway (see docs/providers.md)",
    example: "twilio",
  }),
  name: providerName(),
  accountSid: z
    .string()
    .regex(/^AC[0-9a-f]{32}$/, "must be AC and 32 hex digits")
    .optional()
    .meta({ description: "twilio: SID of the account", example: "AC00000000000000000000000000000000" }),
  authToken: secret("twilio: file that holds the auth token of the account")
    .optional()
    .meta({ example: "/etc/latchkey/twilio-token" }),
  from: z.string().min(1).max(20).optional().meta({
    description: "twilio, http: number or sender name that messages come from",
    example: "+15005550006",
  }),
  messagingServiceSid: z
    .string()
    .regex(/^MG[0-9a-f]{32}$/, "must be MG and 32 hex digits")
    .optional()
    .meta({
      description: "twilio, text messages: SID of a messaging service, instead of from",
      example: "MG00000000000000000000000000000000",
    }),
  baseUrl: secureUrl().optional().meta({
    description: "twilio: base address of the API, where it is not the usual one (a region, a relay)",
    example: "https://api.dublin.ie1.twilio.com",
  }),
  url: secureUrl().optional().meta({
    description:
      "webhook, http: address that messages are sent to; http: with placeholders in path and query",
    example: "https://sms.example.com/send",
  }),
  secret: secret(
    "webhook: file that holds the secret both sides sign with, at least 16 characters; http: file for {secret}",
  )
    .optional()
    .meta({ example: "/etc/latchkey/webhook-secret" }),
  ...httpFields,
  timeoutMs: timeout(),
});
type PhoneProviderFields = z.infer<typeof phoneProviderFields>;

type Given<K extends keyof PhoneProviderFields> = {
  readonly [P in K]-?: NonNullable<PhoneProviderFields[P]>;
};
export type TwilioConfig = { readonly kind: "twilio" } & Given<"accountSid" | "authToken"> &
  Pick<PhoneProviderFields, "name" | "from" | "messagingServiceSid" | "baseUrl" | "timeoutMs">;
export type WebhookConfig = { readonly kind: "webhook" } & Given<"url" | "secret"> &
  Pick<PhoneProviderFields, "name" | "timeoutMs">;
export type PhoneProviderConfig = TwilioConfig | WebhookConfig | HttpGatewayConfig;
export type HttpGatewayConfig = { readonly kind: "http" } & Given<
  "url" | "method" | "headers" | "format" | "answer"
> &
  Pick<PhoneProviderFields, "name" | "timeoutMs" | "body" | "from" | "username" | "secret">;

/** The keys that each kind has beside kind, name and timeoutMs. */
const KEYS = {
  twilio: ["accountSid", "authToken", "from", "messagingServiceSid", "baseUrl"],
  webhook: ["url", "secret"],
  http: ["url", "secret", "from", "username", "method", "headers", "format", "body", "answer"],
} as const satisfies Record<PhoneProviderFields["kind"], readonly (keyof PhoneProviderFields)[]>;
const ALL_KEYS = [...new Set(Object.values(KEYS).flat())];
const FILE_OF: Readonly<Record<string, string>> = { authToken: "authTokenFile", secret: "secretFile" };

export const phoneProvider = (channel: "text" | "call") =>
  phoneProviderFields.transform((fields, context): PhoneProviderConfig => {
    const { kind, name, timeoutMs, accountSid, authToken, from, messagingServiceSid, baseUrl, url, secret } =
      fields;
    const own: readonly string[] = KEYS[kind];
    const complain = (key: string, message: string): void => {
      context.addIssue({ code: "custom", path: [FILE_OF[key] ?? key], message });
    };
    for (const key of ALL_KEYS)
      if (fields[key] !== undefined && !own.includes(key)) complain(key, `is not a setting of ${kind}`);
    if (kind === "http") {
      if (channel === "call") complain("kind", "http is for text messages; calls need twilio or webhook");
      const { method = "POST", headers = [], format = "json", answer = {}, body, username } = fields;
      for (const [key, message] of problemsOfTemplate({ ...fields, method, headers, format }))
        complain(key, message);
      if (url === undefined) return z.NEVER;
      return { kind, name, timeoutMs, url, method, headers, format, answer, body, from, username, secret };
    }
    if (kind === "webhook") {
      if (secret !== undefined && secret.reveal().length < MIN_SECRET)
        complain("secret", "must have at least 16 characters");
      if (url !== undefined && secret !== undefined) return { kind, name, timeoutMs, url, secret };
      complain(url === undefined ? "url" : "secret", "is missing");
      return z.NEVER;
    }
    if (channel === "call" && messagingServiceSid !== undefined)
      complain("messagingServiceSid", "is for text messages; calls need from");
    if (from === undefined && (channel === "call" || messagingServiceSid === undefined))
      complain("from", "is missing");
    if (accountSid === undefined || authToken === undefined) {
      complain(accountSid === undefined ? "accountSid" : "authToken", "is missing");
      return z.NEVER;
    }
    return { kind, name, timeoutMs, accountSid, authToken, from, messagingServiceSid, baseUrl };
  });
