/** Sends messages to users and administrators: one-time codes at once or not at all, notices at least once. */
import { ACCOUNT_OBSTACLES } from "../../shared/account.ts";
import type { Language } from "../../shared/language.ts";
import type { Channel } from "../../shared/methods.ts";
import type { Secret } from "../../shared/secret.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { StrangersCode } from "../store/conversion.ts";
import type { Delivery, NoticeKind } from "../store/delivery-record.ts";
import type { ProviderAnswer } from "./providers/provider.ts";

/**
 * A one-time code. It stays in memory, because a message that survives the process would have to store the code in
 * Redis in plain text.
 */
export interface OtpMessage {
  readonly tenantId: string;
  /** The attempt or registration session that asked for it. Appears in the logs and the delivery record. */
  readonly correlationId: string;
  readonly channel: Channel;
  /** E.164, or an address. */
  readonly to: string;
  readonly otp: Secret;
  readonly language: Language;
  /** Epoch ms. No provider is tried afterwards. */
  readonly expiresAt: number;
  /**
   * Reason to withhold the message. No provider is tried then. Everything else is done and recorded as for a message
   * that is sent, so that the requester cannot measure a difference. The record says `failed`, with this reason.
   */
  readonly withheld?: string;
  /** Set for a text or call to a person who has never proved anything: it counts for the conversion alarm. */
  readonly counted?: CountedCode;
}

export interface CountedCode extends StrangersCode {
  /** Number of networks whose codes must go unused before the breaker opens. */
  readonly leastNetworks: number;
}

/** A message that an administrator sends to see what the providers answer. */
export interface TestMessage {
  readonly tenantId: string;
  readonly correlationId: string;
  readonly channel: Channel;
  /** E.164, or an address. */
  readonly to: string;
  readonly language: Language;
  /** Name of the only provider to try; null to try all in order until one accepts. */
  readonly provider: string | null;
}

export interface TestAnswer {
  readonly provider: string;
  readonly answer: ProviderAnswer["kind"];
  /** The provider's own answer, or why there is none, without addresses. */
  readonly said: string;
}

export interface TestResult {
  readonly delivery: Delivery;
  /** In the order in which the providers were tried. */
  readonly answers: readonly TestAnswer[];
}

export interface Notice {
  readonly tenantId: string;
  readonly kind: NoticeKind;
  readonly emails: readonly string[];
  /** Numbers, E.164: for users without an address, and for `number_changed`. */
  readonly texts?: readonly string[];
  readonly language: Language;
  /** The attempt, job, run or agent that the notice is about. Printed as the reference. */
  readonly correlationId: string;
  /** Values for the template, by the names of FACTS. Never a code, a password or a link; links are removed. */
  readonly facts: NoticeFacts;
}

/** All facts that templates use. They are optional: a line whose fact is missing is left out. */
export const FACTS = [
  /** Name of the user, for the greeting and for administrators. */
  "displayName",
  "userName",
  /** One of METHODS, or several separated by commas. */
  "method",
  /** One of NOTICE_REASONS. */
  "reason",
  /** reset, change or unlock. */
  "operation",
  /** For `outcome_known`: applied, refused or not_applied. */
  "outcome",
  /** Epoch ms. The end of the time in which self-service is closed, or a changed number or a new method does not count. */
  "until",
  /** JSON of the methods registered lately (people/recent-methods.ts). */
  "recent",
  /** Addresses of the administrators, for a person whose account someone else may be using. */
  "contact",
  /** Message of a user to the administrators. */
  "message",
  /** yes or no: whether the user who asks for help has proved their identity. */
  "proven",
  "agentName",
  "directory",
  "hostName",
  "fingerprint",
  /** For the conversion breaker. */
  "sent",
  "verified",
  /** For the breaker against guessing: user names with wrong codes in the last hour, at least. */
  "failed",
  /** Version of the policy, its changes, and the key that applied it. */
  "version",
  "summary",
  "by",
  /** For `number_changed`: one of DESTINATION_FIELDS, or several separated by commas. */
  "changed",
  /** Number of held deletions, or of users with a changed number or address. */
  "count",
  /** One of ALARM_EVENTS. */
  "event",
] as const;
export type Fact = (typeof FACTS)[number];
export type NoticeFacts = Readonly<Partial<Record<Fact, string>>>;

/** What `admin_security_event` tells. */
export const ALARM_EVENTS = [
  "agent_approved",
  "agent_revoked",
  "agent_locked",
  "agent_ahead",
  "agent_sessions_swapped",
  "key_created",
  "key_revoked",
  "settings_changed",
  "source_removed",
  "audit_broken",
  "records_sealed",
  "record_refused",
  "limit_engaged",
  "sign_in_spray",
  "names_shared",
] as const;
export type AlarmEvent = (typeof ALARM_EVENTS)[number];

/**
 * Reasons for `reset_impossible` and `sign_in_impossible`: those of the reset's step `impossible`, and those that only a sign-in
 * can meet.
 */
export const NOTICE_REASONS = [
  ...ACCOUNT_OBSTACLES,
  "account_locked",
  "policy_group_missing",
  "not_in_policy",
  "unlock_off",
  "too_few_methods",
  "number_held",
  "user_gone",
] as const;
export type NoticeReason = (typeof NOTICE_REASONS)[number];

export interface Notifier extends Closable {
  /** Channels that have a provider. Policy offers only methods that can be sent. */
  readonly channels: ReadonlySet<Channel>;
  /** Tries the providers in order until one accepts the code or it expires. Never rejects: the result is returned and recorded. */
  sendOtp(message: OtpMessage): Promise<Delivery>;
  /** Resolves when the notice is stored. It is delivered in the background, also after a restart. */
  notify(notice: Notice): Promise<void>;
  /** Throws PROVIDER_MISSING, REQUEST_INVALID (no such provider, or nothing may be sent there), TENANT_UNKNOWN, STORE_UNAVAILABLE. */
  sendTest(message: TestMessage): Promise<TestResult>;
  /** Counts a code that was entered correctly, for the conversion alarm. Codes that were not counted change nothing. Never rejects. */
  verified(tenantId: string, code: StrangersCode): Promise<void>;
  /**
   * True when too few of the last hour's texts and calls led to a proof, which points to SMS pumping: then none is sent for this
   * tenant to people who have never proved anything. Cached for a second on each node.
   */
  breakerOpen(tenantId: string): Promise<boolean>;
  /** Newest first. */
  deliveries(tenantId: string, limit: number, correlationId?: string): Promise<Delivery[]>;
}
