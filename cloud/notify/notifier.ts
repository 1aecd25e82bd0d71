/** Messages to people: codes now or never, notices surely. Providers, templates and retries are behind it. */
import type { Language } from "../../shared/language.ts";
import type { Channel } from "../../shared/methods.ts";
import type { Secret } from "../../shared/secret.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { Delivery, NoticeKind } from "../store/delivery-record.ts";

/** A one-time password. It is kept in memory alone: a message that outlives the process would put it into Redis in the clear. */
export interface OtpMessage {
  readonly tenantId: string;
  /** Who sent for it: the attempt or registration session; in the logs and the delivery record. */
  readonly correlationId: string;
  readonly channel: Channel;
  /** E.164, or an address. */
  readonly to: string;
  readonly otp: Secret;
  readonly language: Language;
  /** Epoch ms. After it no provider is tried any more. */
  readonly expiresAt: number;
  /**
   * Why nobody gets it. Then no provider is asked, but all else is done and written as for one that goes out, so that whoever
   * sent for it cannot feel the difference (T-01). The record says that it failed, and this.
   */
  readonly withheld?: string;
}

export interface Notice {
  readonly tenantId: string;
  readonly kind: NoticeKind;
  readonly emails: readonly string[];
  /** For people who have no address, and for `number_changed`: E.164. */
  readonly texts?: readonly string[];
  readonly language: Language;
  /** The attempt, job, run or agent it is about; printed as the reference. */
  readonly correlationId: string;
  /** What the template needs, by the names of FACTS; never a code, a password or a link (they are taken out). */
  readonly facts: NoticeFacts;
}

/** Everything a template may ask for. A line whose fact is not given is left out, so that all of them are optional. */
export const FACTS = [
  /** Of the person, for the greeting and for administrators. */
  "displayName",
  "userName",
  /** A word of METHODS, or several with commas between them. */
  "method",
  /** A word of NOTICE_REASONS. */
  "reason",
  /** reset, change or unlock. */
  "operation",
  /** applied, refused or not_applied: for `outcome_known`. */
  "outcome",
  /** Epoch ms: until when self-service is closed, or a changed number is held. */
  "until",
  /** What a person wrote to the administrators. */
  "message",
  /** yes or no: had the person who asks proved who they are? */
  "proven",
  "agentName",
  "hostName",
  "fingerprint",
  /** Of the conversion breaker. */
  "sent",
  "verified",
  /** Of the breaker against guessing: codes that were wrong in the last hour. */
  "failed",
  /** Version of the policy, what changed in it, and who did. */
  "version",
  "summary",
  "by",
  /** How many deletes are held. */
  "count",
] as const;
export type Fact = (typeof FACTS)[number];
export type NoticeFacts = Readonly<Partial<Record<Fact, string>>>;

/**
 * Why it cannot be done, for `reset_impossible` and `sign_in_impossible`: the words of the reset's step `impossible`, and what
 * only a sign-in meets.
 */
export const NOTICE_REASONS = [
  "ACCOUNT_PROTECTED",
  "ACCOUNT_DISABLED",
  "ACCOUNT_EXPIRED",
  "ACCOUNT_OUT_OF_SCOPE",
  "ACCOUNT_DENIED",
  "DIRECTORY_USER_NOT_FOUND",
  "account_locked",
  "not_in_policy",
  "unlock_off",
  "too_few_methods",
  "number_held",
  "user_gone",
] as const;
export type NoticeReason = (typeof NOTICE_REASONS)[number];

export interface Notifier extends Closable {
  /** Is there a provider for it? Then policy may offer the methods that need it. */
  readonly channels: ReadonlySet<Channel>;
  /** Tries the providers in their order until one takes it or it expires. Never rejects: what came of it is the answer and on record. */
  sendOtp(message: OtpMessage): Promise<Delivery>;
  /** Stored when it resolves; delivered in the background, again after a restart. */
  notify(notice: Notice): Promise<void>;
  /** An otp sent on this channel was typed in rightly: what the conversion alarm counts (T-05). Never rejects. */
  verified(tenantId: string, channel: Channel): Promise<void>;
  /**
   * Did too few of the texts and calls of the last hour lead to a proof? Then somebody is pumping messages: send no text and no
   * call for this tenant. Kept for a second on each node.
   */
  breakerOpen(tenantId: string): Promise<boolean>;
  /** Newest first. */
  deliveries(tenantId: string, limit: number, correlationId?: string): Promise<Delivery[]>;
}
