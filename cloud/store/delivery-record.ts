/** The record of one message that was sent: a one-time code or a notice. */
import type { Channel } from "../../shared/methods.ts";

export const NOTICE_KINDS = [
  // To the user, at all their addresses.
  "password_reset",
  "password_changed",
  "account_unlocked",
  /** A requested reset is impossible; `reason` says why. */
  "reset_impossible",
  /** A sign-in at the portal was tried with an account that cannot sign in to the directory; `reason` says why. */
  "sign_in_impossible",
  /** Self-service is closed until `until`, because of too many wrong attempts. */
  "self_service_blocked",
  "method_added",
  "method_removed",
  /** A method was added with the password alone, and counts from `until`. */
  "method_waits",
  /** The removal of a method was asked for with the password alone, and takes effect at `until`. */
  "method_removal_waits",
  "number_changed",
  /** The result of a reset that was `unknown` is now known; `outcome` says it. */
  "outcome_known",
  // To administrators.
  "admin_privileged_reset",
  "admin_contact_request",
  "admin_agent_enrolled",
  "admin_brake_engaged",
  /** An agent serves another directory than its source. */
  "admin_other_directory",
  "admin_breaker_opened",
  "admin_policy_changed",
  "admin_deletes_held",
  /** A sync changed the numbers of `count` users at once, too many to send a notice to each of them. */
  "admin_numbers_changed",
  /** Something that weakens the installation or signals an attack; `event` says what. */
  "admin_security_event",
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** The outcome of one message, without its content. */
export interface Delivery {
  readonly id: string;
  readonly tenantId: string;
  readonly correlationId: string;
  readonly kind: "otp" | "test" | NoticeKind;
  readonly channel: Channel;
  /** Masked. */
  readonly to: string;
  /**
   * `waiting`: not accepted yet, another attempt follows. `sent`: a provider accepted it. `delivered`, `undelivered`:
   * what the provider reported afterwards. `failed`: no provider accepted it.
   */
  readonly state: "waiting" | "sent" | "delivered" | "undelivered" | "failed";
  /** Configured name of the provider that accepted it. */
  readonly provider: string | null;
  /** Requests to providers, retries included. */
  readonly tries: number;
  /** The last failure, in words without addresses. Stored also when another provider then accepted the message. */
  readonly error: string | null;
  /** Epoch ms after which a code is not sent any more; null for a notice. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly changedAt: number;
}
