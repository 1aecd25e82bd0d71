/** Settings of messages: the providers of email, text messages and voice calls. The first provider of a list is tried first. */
import { z } from "zod";
import { flag, list, secret } from "../../shared/config/fields.ts";
import { emailProvider } from "./email-provider.ts";
import { providerName, secureUrl, timeout } from "./provider-fields.ts";

const MIN_SECRET = 16;

/** The keys of both kinds in one object, so that docs/configuration.md lists them all. The checks below separate the kinds. */
const phoneProviderFields = z.strictObject({
  kind: z.enum(["twilio", "webhook"]).meta({
    description: "twilio, or webhook for your own gateway (see docs/providers.md)",
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
  from: z
    .string()
    .min(1)
    .max(20)
    .optional()
    .meta({ description: "twilio: number or sender name that messages come from", example: "+15005550006" }),
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
    description: "webhook: address that messages are posted to",
    example: "https://sms.example.com/send",
  }),
  secret: secret("webhook: file that holds the secret both sides sign with, at least 16 characters")
    .refine((value) => value.reveal().length >= MIN_SECRET, { error: "must have at least 16 characters" })
    .optional()
    .meta({ example: "/etc/latchkey/webhook-secret" }),
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
export type PhoneProviderConfig = TwilioConfig | WebhookConfig;

const OF_TWILIO = ["accountSid", "authToken", "from", "messagingServiceSid", "baseUrl"] as const;
const OF_WEBHOOK = ["url", "secret"] as const;
const FILE_OF: Readonly<Record<string, string>> = { authToken: "authTokenFile", secret: "secretFile" };

const phoneProvider = (channel: "text" | "call") =>
  phoneProviderFields.transform((fields, context): PhoneProviderConfig => {
    const { kind, name, timeoutMs, accountSid, authToken, from, messagingServiceSid, baseUrl, url, secret } =
      fields;
    const complain = (key: string, message: string): void => {
      context.addIssue({ code: "custom", path: [FILE_OF[key] ?? key], message });
    };
    for (const key of kind === "twilio" ? OF_WEBHOOK : OF_TWILIO)
      if (fields[key] !== undefined) complain(key, `is not a setting of ${kind}`);
    if (kind === "webhook") {
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

const MAX_PROVIDERS = 8;

export const notifyConfigSchema = z
  .strictObject({
    email: list(emailProvider, MAX_PROVIDERS)
      .prefault([])
      .describe("SMTP servers, in the order in which they are tried"),
    text: list(phoneProvider("text"), MAX_PROVIDERS)
      .prefault([])
      .describe("Providers of text messages, in the order in which they are tried"),
    call: list(phoneProvider("call"), MAX_PROVIDERS)
      .prefault([])
      .describe("Providers of voice calls, in the order in which they are tried"),
    allowedCountries: list(z.string().regex(/^[A-Z]{2}$/, "must be an ISO 3166 code, e.g. BE"), 250)
      .prefault([])
      .describe(
        "Countries whose numbers may get texts and calls; all when empty. Premium-rate numbers never get any",
      ),
    outbox: flag()
      .prefault(false)
      .describe(
        "Development only: keep messages that no other provider takes in memory and show them at /outbox; needs a publicUrl on loopback",
      ),
  })
  .superRefine((value, context) => {
    for (const channel of ["email", "text", "call"] as const) {
      const names = value[channel].map(({ name }) => name);
      names.forEach((name, index) => {
        if (name === "outbox" || names.indexOf(name) !== index)
          context.addIssue({
            code: "custom",
            path: [channel, index, "name"],
            message: name === "outbox" ? "is reserved for the development outbox" : "is used twice",
          });
      });
    }
  });
export type NotifyConfig = z.infer<typeof notifyConfigSchema>;
