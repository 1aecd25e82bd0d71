/**
 * Every counter of the cloud that is shared by all nodes: its name in Redis, its limit and its window (cloud/store/limits.ts). Limits
 * of one node's memory are not here: API requests (admin/rate-limit.ts), frames (gateway/rate-window.ts), captcha difficulty
 * (portal/work-captcha.ts).
 *
 * | counter                                          | limit                    | protects                                                         |
 * | ------------------------------------------------ | ------------------------ | ---------------------------------------------------------------- |
 * | `resetStarts`                                    | 30 an hour and network   | the store and the agents, from robots                            |
 * | `registrationStarts`                             | 30 an hour and network   | the same, at the registration portal                             |
 * | `failedCodes`                                    | 10 a day and user        | a user from guessed codes and answers, across codes and sessions |
 * | `failedCodesOfTenant`                            | 50 or 2 % of users, hour | all users from one guess at each of many names                   |
 * | `failedRegistrationCodes`                        | 10 a day and user        | a user's codes; apart, so that failing here blocks no reset      |
 * | `failedSignIns`                                  | 2 in 30 min and user     | a user's password, and the account from the directory's lockout  |
 * | `codeSends`                                      | see there                | phones and mailboxes from floods, the tenant from toll fraud     |
 * | `helpRequests`                                   | 5 an hour and network,   | the administrators' mailbox                                      |
 * |                                                  | 60 an hour and tenant    |                                                                  |
 * | `wordQuestions`                                  | 5 an hour and network,   | the captcha without script from being solved by trying           |
 * |                                                  | 100 an hour and tenant   |                                                                  |
 * | `impossibleNotices`                              | 3 a day and user         | a user's mailbox                                                 |
 * | `blockedNotices`                                 | 1 a day and user         | a user's mailbox                                                 |
 * | `breakerNotices`, `numberNotices`, `agentAlarms` | 1 an hour                | administrators' mailboxes                                        |
 *
 * A counter ends by itself when its window does. Those of a user are lifted at once by `latchkey user unblock`; the others cannot be lifted.
 * Made-up users are counted like real ones.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import type { Channel } from "../../shared/methods.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { LimitRequest } from "../store/limits.ts";
import { addressRange } from "./address-range.ts";

/** `address` is always that of the browser, proxies considered. It is counted with its network. */
const ofNetwork = (address: string, name: string): string => `address:${addressRange(address)}:${name}`;
/** All counters of a user have this prefix, so that they can be lifted together. */
const ofUser = (userId: string, name: string): string => `person:${userId}:${name}`;
/** A tenant's budget: a share of its users, but at least 50. */
const shareOf = (users: number, share: number): number => Math.max(50, Math.ceil(users * share));

// ---- Starts: many users share one network, robots are more ----------------------------------------------------------

export const resetStarts = (address: string): LimitRequest => ({
  key: ofNetwork(address, "begins"),
  limit: 30,
  windowMs: HOUR_MS,
});

export const registrationStarts = (address: string): LimitRequest => ({
  key: ofNetwork(address, "registrations"),
  limit: 30,
  windowMs: HOUR_MS,
});

// ---- Failures -------------------------------------------------------------------------------------------------------

/** Wrong codes and answers of a reset. `amount`: 1 counts one, 0 only checks, -1 gives one back. */
export const failedCodes = (userId: string, amount: -1 | 0 | 1): LimitRequest => ({
  key: ofUser(userId, "fails"),
  limit: 10,
  windowMs: DAY_MS,
  amount,
});

/** Wrong codes and answers of the whole tenant. When it is exhausted, every reset needs two proofs. */
export const failedCodesOfTenant = (users: number, amount: 0 | 1): LimitRequest => ({
  key: "tenant:failed-codes",
  limit: shareOf(users, 0.02),
  windowMs: HOUR_MS,
  amount,
});

/** Wrong codes at the registration portal. */
export const failedRegistrationCodes = (userId: string): LimitRequest => ({
  key: ofUser(userId, "registration_fails"),
  limit: 10,
  windowMs: DAY_MS,
});

/**
 * Wrong passwords at the registration portal, when signing in and when changing the password. The limit is low enough
 * that no directory locks the account, and equals an agent's own default. So a user always meets this limit first, and
 * it is the same for every name.
 */
export const failedSignIns = (userId: string, amount: -1 | 1): LimitRequest => ({
  key: ofUser(userId, "sign_in"),
  limit: 2,
  windowMs: 30 * MINUTE_MS,
  amount,
});

// ---- Codes ----------------------------------------------------------------------------------------------------------

export interface CodeSend {
  readonly tenantId: string;
  readonly userId: string;
  readonly channel: Channel;
  /** E.164, or an email address. It is counted by a keyed digest, so that no counter names it. */
  readonly to: string;
  readonly address: string;
  /** Number of users in the tenant. */
  readonly users: number;
}

/** The counters of one more code, for reset and registration alike. They are taken together before anything is sent. */
export function codeSends(send: CodeSend, portalKeys: Pick<PortalKeys, "digest">): LimitRequest[] {
  const { userId, channel, address } = send;
  // Email costs nothing, so it has counters of its own and does not use up the budget of texts and calls.
  if (channel === "email") {
    const digest = destinationDigest(send, portalKeys);
    return [
      { key: `email:${digest}:hour`, limit: 3, windowMs: HOUR_MS },
      { key: `email:${digest}:day`, limit: 5, windowMs: DAY_MS },
      { key: ofUser(userId, "mails"), limit: 10, windowMs: DAY_MS },
      { key: ofNetwork(address, "mails"), limit: 30, windowMs: HOUR_MS },
    ];
  }
  const [hour, day, ofTenant, calls] = paidSends(send, portalKeys);
  return [
    hour,
    day,
    { key: ofUser(userId, "sends"), limit: 5, windowMs: DAY_MS },
    { key: ofNetwork(address, "sends"), limit: 10, windowMs: HOUR_MS },
    ofTenant,
    ...(channel === "call" ? [calls] : []),
  ];
}

/** A text that no visitor asked for. It counts only against the number and the tenant's budget. */
export const unaskedText = (
  send: Pick<CodeSend, "tenantId" | "to" | "users">,
  portalKeys: Pick<PortalKeys, "digest">,
): LimitRequest[] => paidSends(send, portalKeys).slice(0, 3);

function paidSends(
  send: Pick<CodeSend, "tenantId" | "to" | "users">,
  portalKeys: Pick<PortalKeys, "digest">,
): [hour: LimitRequest, day: LimitRequest, ofTenant: LimitRequest, calls: LimitRequest] {
  const digest = destinationDigest(send, portalKeys);
  return [
    { key: `number:${digest}:hour`, limit: 3, windowMs: HOUR_MS },
    { key: `number:${digest}:day`, limit: 5, windowMs: DAY_MS },
    { key: "tenant:paid-sends", limit: shareOf(send.users, 0.2), windowMs: DAY_MS },
    { key: `number:${digest}:calls`, limit: 2, windowMs: DAY_MS },
  ];
}

const destinationDigest = (
  { tenantId, to }: Pick<CodeSend, "tenantId" | "to">,
  portalKeys: Pick<PortalKeys, "digest">,
): string =>
  portalKeys.digest("limit-destination", [tenantId, to.toLowerCase()]).toString("base64url").slice(0, 22);

/** More than any window can count, so that such a counter never refuses. */
const UNLIMITED = 1_000_000_000;

/**
 * Replaces the counter of a code that is withheld: the same work in the store, on a counter of its own that nothing
 * reads. Otherwise a withheld code would take less time than a sent one, which would reveal which names exist.
 */
export const withheld = (want: LimitRequest): LimitRequest => ({
  ...want,
  key: `withheld:${want.key}`,
  limit: UNLIMITED,
});

// ---- Help and captcha -----------------------------------------------------------------------------------------------

/** "Contact your administrator", from either portal. The limit of the tenant counts all networks together. */
export const helpRequests = (address: string): LimitRequest[] => [
  { key: ofNetwork(address, "asks"), limit: 5, windowMs: HOUR_MS },
  { key: "tenant:asks", limit: 60, windowMs: HOUR_MS },
];

/**
 * Answers to the captcha's question for browsers without script. A program that knows the questions answers them at no cost, so few are
 * accepted. Wrong answers count too, or it could try all sums.
 */
export const wordQuestions = (address: string): LimitRequest[] => [
  { key: ofNetwork(address, "questions"), limit: 5, windowMs: HOUR_MS },
  { key: "tenant:questions", limit: 100, windowMs: HOUR_MS },
];

// ---- Notices --------------------------------------------------------------------------------------------------------

/** "Your reset (or sign-in) was not possible", from both portals together. */
export const impossibleNotices = (userId: string): LimitRequest => ({
  key: ofUser(userId, "impossible-notices"),
  limit: 3,
  windowMs: DAY_MS,
});

export const blockedNotices = (userId: string): LimitRequest => ({
  key: ofUser(userId, "blocked-notices"),
  limit: 1,
  windowMs: DAY_MS,
});

/** Tells administrators that too many codes fail. */
export const breakerNotices = (): LimitRequest => ({
  key: "tenant:failed-codes-told",
  limit: 1,
  windowMs: HOUR_MS,
});

/** Tells administrators that a sync changed many phone numbers. */
export const numberNotices = (): LimitRequest => ({
  key: "tenant:many-numbers-told",
  limit: 1,
  windowMs: HOUR_MS,
});

/** Tells administrators once of what an agent repeats: an engaged brake with each writeback, another directory with each connection. */
export const agentAlarms = (kind: string, actor: string): LimitRequest => ({
  key: `alarm:${kind}:${actor}`,
  limit: 1,
  windowMs: HOUR_MS,
});
