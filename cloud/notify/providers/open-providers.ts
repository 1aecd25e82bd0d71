/** Creates the configured providers. */
import type { Clock } from "../../../shared/clock.ts";
import { type Closable, CloseStack } from "../../../shared/shutdown.ts";
import type { NotifyConfig } from "../../config/notify.ts";
import type { PhoneProviderConfig, WebhookConfig } from "../../config/phone-provider.ts";
import type { CallbackTokens } from "../callback-tokens.ts";
import { createHttpGatewayProvider } from "./http-gateway-provider.ts";
import type { Provider, Providers } from "./provider.ts";
import { createSmtpProvider } from "./smtp-provider.ts";
import { createTwilioProvider, type TwilioProvider } from "./twilio-provider.ts";
import { createWebhookProvider } from "./webhook-provider.ts";

export interface OpenProviders extends Closable {
  readonly providers: Providers;
  /** Providers that report deliveries. */
  readonly twilio: readonly TwilioProvider[];
  readonly webhooks: readonly WebhookConfig[];
}

export interface OpenProvidersDeps {
  readonly tokens: Pick<CallbackTokens, "speechUrl" | "url">;
  /** Tried last, on every channel. */
  readonly development: Provider | null;
  readonly clock: Pick<Clock, "now">;
}

export function openProviders(
  config: NotifyConfig,
  { tokens, development, clock }: OpenProvidersDeps,
): OpenProviders {
  const closing = new CloseStack();
  const twilio: TwilioProvider[] = [];
  const webhooks: WebhookConfig[] = [];
  const last = development === null ? [] : [development];

  function openPhone(entry: PhoneProviderConfig): Provider<"text" | "call"> {
    if (entry.kind === "webhook") {
      webhooks.push(entry);
      return closing.add(createWebhookProvider(entry, clock));
    }
    if (entry.kind === "http") return closing.add(createHttpGatewayProvider(entry, clock));
    const provider = createTwilioProvider(entry, {
      clock,
      callbackUrl: (...of) => tokens.url(...of),
      speechUrl: (speech) => tokens.speechUrl(speech),
    });
    twilio.push(provider);
    return closing.add(provider);
  }

  const providers: Providers = {
    email: [...config.email.map((entry) => closing.add(createSmtpProvider(entry, clock))), ...last],
    text: [...config.text.map(openPhone), ...last],
    call: [...config.call.map(openPhone), ...last],
  };
  return { providers, twilio, webhooks, close: () => closing.close() };
}
