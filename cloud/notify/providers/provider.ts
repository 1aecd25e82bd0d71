/** Somebody who takes messages: an SMTP server, an SMS service. One object for each configured entry of a channel. */
import type { Language } from "../../../shared/language.ts";
import type { Channel } from "../../../shared/methods.ts";
import type { Secret } from "../../../shared/secret.ts";
import type { Closable } from "../../../shared/shutdown.ts";
import type { Delivery } from "../../store/delivery-record.ts";

/** What one message says. Of an otp it holds the digits: it lives in memory alone and is never logged. */
export type Content =
  | { readonly channel: "email"; readonly subject: string; readonly text: string; readonly html: string }
  | { readonly channel: "text"; readonly text: string }
  /** To be said one after the other, with a pause between. */
  | { readonly channel: "call"; readonly sentences: readonly string[] };

export interface OutgoingMessage<C extends Channel = Channel> {
  /** Of the delivery: the same for every try and every provider. */
  readonly id: string;
  readonly tenantId: string;
  readonly correlationId: string;
  readonly kind: Delivery["kind"];
  readonly language: Language;
  /** E.164, or an address. */
  readonly to: string;
  /** Epoch ms; null: a notice, which is never too late. */
  readonly expiresAt: number | null;
  /** The digits themselves; null for a notice. */
  readonly otp: Secret | null;
  readonly content: Content & { readonly channel: C };
}

/**
 * taken: the provider has it, and will charge for it. refused: it will never take this message. busy: it has not taken it; it may
 * later. doubtful: it may have taken it, its answer did not come. `why` names no address and no content.
 */
export type ProviderAnswer =
  { readonly kind: "taken" } | { readonly kind: "refused" | "busy" | "doubtful"; readonly why: string };

export interface Provider<C extends Channel = Channel> extends Closable {
  readonly name: string;
  /** May the same message be given to it again when its answer did not come? (Mail; or it knows a message by its id.) */
  readonly repeatable: boolean;
  /** Does a message cost money? */
  readonly costs: boolean;
  /** Never rejects; answers within its configured time. */
  send(message: OutgoingMessage<C>): Promise<ProviderAnswer>;
}

export type Providers = { readonly [C in Channel]: readonly Provider<C>[] };
