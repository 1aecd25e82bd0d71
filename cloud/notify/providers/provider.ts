/** The interface to a service that sends messages, such as an SMTP server. One object for each configured entry. */
import type { Language } from "../../../shared/language.ts";
import type { Channel } from "../../../shared/methods.ts";
import type { Secret } from "../../../shared/secret.ts";
import type { Closable } from "../../../shared/shutdown.ts";
import type { Delivery } from "../../store/delivery-record.ts";

/** Content of one message. It may contain a code, so it stays in memory and is never logged. */
export type Content =
  | { readonly channel: "email"; readonly subject: string; readonly text: string; readonly html: string }
  | { readonly channel: "text"; readonly text: string }
  /** `ask` is said first. The sentences follow only when a key was pressed, one after the other with a pause in between. */
  | { readonly channel: "call"; readonly ask: string; readonly sentences: readonly string[] };

export interface OutgoingMessage<C extends Channel = Channel> {
  /** Id of the delivery, the same for every try and every provider. */
  readonly id: string;
  readonly tenantId: string;
  readonly correlationId: string;
  readonly kind: Delivery["kind"];
  readonly language: Language;
  /** E.164, or an address. */
  readonly to: string;
  /** Epoch ms. Null for a notice, which does not expire. */
  readonly expiresAt: number | null;
  /** The code; null for a notice. */
  readonly otp: Secret | null;
  readonly content: Content & { readonly channel: C };
}

/**
 * taken: the provider accepted the message and may charge for it. refused: it will never accept this message. busy: it did not
 * accept it now, and may later. doubtful: it may have accepted it, its answer is missing. `said`, the provider's own answer, and `why`
 * name no address and no content. `of`: what is refused; a refused login or a wrong address concerns every message, until an
 * administrator has mended the configuration.
 */
export type ProviderAnswer =
  | { readonly kind: "taken"; readonly said: string }
  | { readonly kind: "busy" | "doubtful"; readonly why: string }
  | { readonly kind: "refused"; readonly why: string; readonly of: "message" | "provider" };

export interface Provider<C extends Channel = Channel> extends Closable {
  readonly name: string;
  /** Whether it may get the same message again when its answer is missing: email, or a service that detects repeats by id. */
  readonly repeatable: boolean;
  /** Whether a message costs money. */
  readonly costs: boolean;
  /** Never rejects. Resolves within the configured time-out. */
  send(message: OutgoingMessage<C>): Promise<ProviderAnswer>;
}

export type Providers = { readonly [C in Channel]: readonly Provider<C>[] };
