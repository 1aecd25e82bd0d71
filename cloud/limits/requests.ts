/** Makes the requests for the counters of the table in counters.ts. */
import type { LimitRules } from "../../shared/api/limit-rules.ts";
import { DAY_MS } from "../../shared/durations.ts";
import type { Channel } from "../../shared/methods.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { LimitRequest } from "../store/limits.ts";
import { type LimitName, LIMITS } from "./counters.ts";
import type { Network } from "./network.ts";

interface Facts {
  /** Set for a counter of its own beside the common one. */
  readonly part?: string;
  readonly amount?: number;
  readonly member?: string;
  readonly windowMs?: number;
}

function request(
  name: LimitName,
  subject: string,
  limit: number,
  { part, ...facts }: Facts = {},
): LimitRequest {
  const { by, windowMs } = LIMITS[name];
  // All counters of a user have one prefix, so that they can be lifted together.
  const whole = by === "person" ? `person:${subject}:${name}` : subject === "" ? name : `${name}:${subject}`;
  const key = part === undefined ? whole : `${whole}@${part}`;
  return { name, key, limit, windowMs, listed: by === "network" || by === "tenant", ...facts };
}

/** A tenant's threshold: a share of its users, but at least a minimum. */
const shareOf = (users: number, { minimum, percent }: { minimum: number; percent: number }): number =>
  Math.max(minimum, Math.ceil((users * percent) / 100));

// ---- Starts -----------------------------------------------------------------------------------------------------------

/** `amount`: 1 counts one, -1 gives one back because the visitor has proved who they are. */
export const resetStarts = (network: Network, amount: -1 | 1 = 1): LimitRequest =>
  request("network_starts", network.name, network.starts, { amount });

export const registrationStarts = (network: Network, amount: -1 | 1 = 1): LimitRequest =>
  request("network_registrations", network.name, network.starts, { amount });

/** Refuses nothing: while it is exhausted the captcha costs more. */
export const startsOfTenant = (users: number, amount: -1 | 0 | 1): LimitRequest =>
  request("starts_of_tenant", "", shareOf(users, { minimum: 500, percent: 20 }), { amount });

// ---- Failures -----------------------------------------------------------------------------------------------------------

/** The person that a code is entered for. */
export interface Target {
  readonly id: string;
  readonly real: boolean;
}

export interface CodeEntry {
  readonly person: Target;
  readonly network: Network;
  /** The network's name when this person has proved who they are there before, otherwise null. */
  readonly place: string | null;
  /** Null for codes that are not sent. */
  readonly challengeId: string | null;
}

/** An attacker could make up names without end, so the failures of each are forgotten sooner. */
const MADE_UP_ROW_MS = 7 * DAY_MS;

/**
 * Entries of codes and answers of a reset. They are taken together before a code is compared. `amount`: -1 gives the try back.
 */
export const codeTries = (entry: CodeEntry, amount: -1 | 1): LimitRequest[] => [
  ...(entry.challengeId === null ? [] : [request("code_tries", entry.challengeId, 5, { amount })]),
  ...failedCodes(entry.person, entry.place, amount),
  request("network_failed_codes", entry.network.name, entry.network.failedCodes, { amount }),
];

/**
 * The part of `codeTries` that blocks a person. Networks where the person has never proved anything are counted together. Each of the
 * others is counted apart, so that strangers do not shut the person out there. `amount`: 0 only checks.
 */
export function failedCodes(person: Target, place: string | null, amount: -1 | 0 | 1): LimitRequest[] {
  const facts = { amount, ...(place === null ? {} : { part: place }) };
  return [
    request("failed_codes", person.id, 10, facts),
    request("failed_codes_in_a_row", person.id, 100, {
      ...facts,
      ...(person.real ? {} : { windowMs: MADE_UP_ROW_MS }),
    }),
  ];
}

/**
 * Gives back after a right code: its own try, the failures of its visit for the network, and all failures in a row, also those of
 * strangers.
 */
export const afterRightCode = (entered: CodeEntry, failures: number): LimitRequest[] => [
  ...codeTries(entered, -1).map((want) => {
    if (want.name === "failed_codes_in_a_row") return { ...want, amount: -want.limit };
    return want.name === "network_failed_codes" ? { ...want, amount: -1 - failures } : want;
  }),
  ...(entered.place === null
    ? []
    : failedCodes(entered.person, null, -1)
        .filter(({ name }) => name === "failed_codes_in_a_row")
        .map((want) => ({ ...want, amount: -want.limit }))),
];

/** One wrong code or password. */
export interface Failure {
  /** `failedName` of the typed name, not the id of its user: names that exist and those that do not must count alike. */
  readonly name: string;
  readonly network: Pick<Network, "name">;
}

/** A keyed digest of a typed name, so that no counter names it. */
export const failedName = (
  portalKeys: Pick<PortalKeys, "digest">,
  tenantId: string,
  typedName: string,
): string =>
  portalKeys
    .digest("limit-name", [tenantId, typedName.trim().toLowerCase()])
    .toString("base64url")
    .slice(0, 22);

/** The two counts that together mean an attack on the tenant, each exhausted. Without a failure they only check. */
export const attackCounts = (
  rules: Pick<LimitRules, "attack">,
  users: number,
  failure: Failure | null,
): [names: LimitRequest, networks: LimitRequest] => [
  failedNames("attacked_people", rules, users, failure),
  failedNetworks("attacking_networks", rules, failure),
];

function failedNames(
  name: "attacked_people" | "sprayed_people",
  { attack }: Pick<LimitRules, "attack">,
  users: number,
  failure: Failure | null,
  factor: 1 | 2 = 1,
): LimitRequest {
  const most = factor * shareOf(users, { minimum: attack.users, percent: attack.percentOfUsers });
  return request(name, "", most, { amount: failure === null ? 0 : 1, member: failure?.name ?? "" });
}

const failedNetworks = (
  name: "attacking_networks" | "spraying_networks",
  { attack }: Pick<LimitRules, "attack">,
  failure: Failure | null,
): LimitRequest =>
  request(name, "", attack.networks, {
    amount: failure === null ? 0 : 1,
    member: failure?.network.name ?? "",
  });

/**
 * Entries of codes at the registration portal, taken before a code is compared. `amount`: -1 gives the try back. The session counts the
 * tries of one code.
 */
export const registrationCodeTries = (userId: string, amount: -1 | 1): LimitRequest =>
  request("failed_registration_codes", userId, 10, { amount });

/**
 * Wrong passwords at the registration portal, when signing in and when changing the password. The limit is low enough
 * that no directory locks the account, and equals an agent's own default. So a user always meets this limit first, and
 * it is the same for every name.
 */
export const failedSignIns = (userId: string, amount: -1 | 1): LimitRequest =>
  request("failed_sign_ins", userId, 2, { amount });

/** Wrong passwords at the registration portal by network. `isSlow`: fewer, while the passwords of very many users fail. */
export const networkSignIns = (network: Network, isSlow: boolean, amount: number): LimitRequest => {
  const most = isSlow ? Math.min(SLOW_SIGN_INS, network.failedSignIns) : network.failedSignIns;
  return request("network_failed_sign_ins", network.name, most, { amount });
};

const SLOW_SIGN_INS = 5;

/**
 * The counts that together mean that somebody tries one password at each of many users. Without a failure they only check. `many` and
 * `networks` exhausted: an attack. `veryMany` and `networks`: unknown networks are slowed down.
 */
export const sprayCounts = (
  rules: Pick<LimitRules, "attack">,
  users: number,
  failure: Failure | null,
): [many: LimitRequest, veryMany: LimitRequest, networks: LimitRequest] => [
  failedNames("sprayed_people", rules, users, failure, 1),
  failedNames("sprayed_people", rules, users, failure, 2),
  failedNetworks("spraying_networks", rules, failure),
];

/** New passwords of one user that are handed to the agents, whatever becomes of them. */
export const passwordWrites = (userId: string): LimitRequest[] => [
  request("password_writes", userId, 10),
  request("password_writes_of_day", userId, 30),
];

// ---- Codes ----------------------------------------------------------------------------------------------------------

export interface CodeSend {
  readonly tenantId: string;
  readonly userId: string;
  readonly channel: Channel;
  /** E.164, or an email address. It is counted by a keyed digest, so that no counter names it. */
  readonly to: string;
  /** Null for a visitor who is signed in, whose network is not counted. */
  readonly network: Network | null;
  /** True when the person or the network has proved something before, or the visitor is signed in. */
  readonly isKnown: boolean;
  /**
   * True when the code goes to the person's own number or address and is asked for from a network where this person has proved who they
   * are before. Such codes have counters of their own, so that strangers do not use them up.
   */
  readonly isAtKnownPlace: boolean;
  /** Number of users in the tenant. */
  readonly users: number;
  readonly rules: Pick<LimitRules, "codesPerDay">;
}

/** The counters of one more code, for reset and registration alike. They are taken together before anything is sent. */
export function codeSends(send: CodeSend, portalKeys: Pick<PortalKeys, "digest">): LimitRequest[] {
  const { userId, channel, network } = send;
  const digest = destinationDigest(send, portalKeys);
  const own = send.isAtKnownPlace ? { part: KNOWN_PLACE } : {};
  const ofHour = send.isAtKnownPlace ? 2 : 3;
  // Email costs nothing, so it has counters of its own and does not use up the budget of texts and calls.
  if (channel === "email")
    return [
      request("address_codes_of_hour", digest, ofHour, own),
      request("address_codes", digest, 5, own),
      request("person_emails", userId, 10, own),
      ...(network === null ? [] : [request("network_emails", network.name, 2 * network.codes)]),
    ];
  return [
    request("number_codes_of_hour", digest, ofHour, own),
    request("number_codes", digest, 5, own),
    request("person_codes", userId, 5, own),
    ...(network === null ? [] : networkCodes(network, send)),
    tenantCodes(send),
    ...(channel === "call" ? [request("number_calls", digest, 2, own)] : []),
  ];
}

/** The part of `codeSends` that others share. A used code gives it back. */
export const sharedCounters = (wants: readonly LimitRequest[]): LimitRequest[] =>
  wants.filter(({ name }) => SHARED.has(name));

const SHARED: ReadonlySet<string> = new Set<LimitName>([
  "network_emails",
  "network_codes",
  "network_codes_of_day",
  "tenant_codes",
  "tenant_codes_of_known",
  "number_calls",
]);

/** A text that no visitor asked for. Its counters are apart from those of codes, so that neither uses up the other. */
export const noticeTexts = (
  send: Pick<CodeSend, "tenantId" | "userId" | "to" | "users" | "rules">,
  portalKeys: Pick<PortalKeys, "digest">,
): LimitRequest[] => [
  request("person_notice_texts", send.userId, 3),
  request("number_notice_texts", destinationDigest(send, portalKeys), 3),
  request("tenant_notice_texts", "", budgetOfDay(send)),
];

const KNOWN_PLACE = "known_place";

/** The counters of a number or address, for a helpdesk to lift. */
export function destinationCounters(
  to: Pick<CodeSend, "tenantId" | "to">,
  portalKeys: Pick<PortalKeys, "digest">,
): Pick<LimitRequest, "name" | "key">[] {
  const digest = destinationDigest(to, portalKeys);
  return DESTINATION_LIMITS.flatMap((name) => [
    request(name, digest, 0),
    request(name, digest, 0, { part: KNOWN_PLACE }),
  ]);
}

const DESTINATION_LIMITS = [
  "number_codes_of_hour",
  "number_codes",
  "number_calls",
  "number_notice_texts",
  "address_codes_of_hour",
  "address_codes",
] as const satisfies LimitName[];

/** The tenant has two budgets of the same size. */
function budgetOfDay({ users, rules }: Pick<CodeSend, "users" | "rules">): number {
  const { minimum, percentOfUsers } = rules.codesPerDay;
  return Math.ceil(shareOf(users, { minimum, percent: percentOfUsers }) / 2);
}

const tenantCodes = (send: Pick<CodeSend, "users" | "rules" | "isKnown">): LimitRequest =>
  request(send.isKnown ? "tenant_codes_of_known" : "tenant_codes", "", budgetOfDay(send));

/** The day's counter is the same for both budgets, so that one network never uses one of them up. */
const networkCodes = (network: Network, send: Pick<CodeSend, "users" | "rules">): LimitRequest[] => [
  request("network_codes", network.name, network.codes),
  request("network_codes_of_day", network.name, Math.ceil(budgetOfDay(send) / (network.isOwn ? 2 : 3))),
];

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

/** Messages that administrators send to try a provider. */
export const testMessages = (): LimitRequest[] => [
  request("test_messages", "", 10),
  request("test_messages_of_day", "", 30),
];

// ---- Help and captcha -----------------------------------------------------------------------------------------------

/** "Contact your administrator", from either portal. The limit of the tenant counts all networks together. */
export const helpRequests = (network: Network): LimitRequest[] => [
  request("network_help_requests", network.name, 5),
  request("tenant_help_requests", "", 60),
];

/**
 * Wrong answers to the captcha's question for browsers without script, or a program could try all sums. They count for
 * the network alone, so that garbage from many networks shuts nobody else out. `amount`: -1 gives a right one back.
 */
export const wrongWords = (network: string, amount: -1 | 1): LimitRequest =>
  request("network_wrong_words", network, 10, { amount });

/** Right answers. A program that knows the questions answers them at no cost, so few are accepted. */
export const rightWords = (
  network: string,
  { isKnown, isUnderAttack }: { readonly isKnown: boolean; readonly isUnderAttack: boolean },
): LimitRequest[] => [
  request("network_words", network, isUnderAttack ? 2 : 5),
  ...(isKnown ? [] : [request("tenant_words", "", isUnderAttack ? 30 : 100)]),
];

// ---- Notices --------------------------------------------------------------------------------------------------------

/** "Your reset (or sign-in) was not possible", from both portals together. */
export const impossibleNotices = (userId: string): LimitRequest => request("impossible_notices", userId, 3);

export const blockedNotices = (userId: string): LimitRequest => request("blocked_notices", userId, 1);

/** Tells administrators that too many codes or passwords fail. */
export const breakerNotices = (what: "codes" | "passwords"): LimitRequest => notice("breaker_notices", what);

/** Tells administrators that a sync changed many phone numbers. */
export const numberNotices = (): LimitRequest => notice("number_notices", "");

/** Alarms of one kind about one thing: once where a cause repeats them, a few where a key of the API causes them. */
export const adminAlarms = (kind: string, pace: string, limit: number): LimitRequest => ({
  ...notice("repeated_alarms", `${kind}:${pace}`),
  limit,
});

/** A counter that says whether administrators were told already. Nothing is withheld from a user, so it is not listed. */
const notice = (name: LimitName, subject: string): LimitRequest => ({
  ...request(name, subject, 1),
  listed: false,
});
