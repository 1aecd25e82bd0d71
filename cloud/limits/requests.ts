/** Makes the requests for the counters of the table in counters.ts. */
import { DAY_MS } from "../../shared/durations.ts";
import type { Channel } from "../../shared/methods.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { limitKey, type LimitRequest } from "../store/limits.ts";
import { alsoOf, type LimitName, limitOf, LIMITS } from "./counters.ts";
import type { Network } from "./network.ts";
import { type TenantSize } from "./thresholds.ts";

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
  const place = { subject, ...(part === undefined ? {} : { part }) };
  const key = limitKey(name, { by: by === "person" ? "person" : "other", ...place });
  return { name, key, limit, windowMs, listed: by === "network" || by === "tenant", ...facts };
}

/** A limit whose number is the same for every tenant. */
type FixedName = {
  [N in LimitName]: (typeof LIMITS)[N]["limit"] extends number ? N : never;
}[LimitName];
/** One that has a second number, also the same for every tenant. */
type SecondName = {
  [N in FixedName]: (typeof LIMITS)[N] extends { also: { limit: number } } ? N : never;
}[FixedName];

const fixed = (name: FixedName, subject: string, facts?: Facts): LimitRequest =>
  request(name, subject, LIMITS[name].limit, facts);

/** `isSecond`: the limit's second number counts. */
const either = (name: SecondName, subject: string, isSecond: boolean, facts?: Facts): LimitRequest =>
  request(name, subject, isSecond ? LIMITS[name].also.limit : LIMITS[name].limit, facts);

// ---- Starts -----------------------------------------------------------------------------------------------------------

/** `amount`: 1 counts one, -1 gives one back because the visitor has proved who they are. */
export const resetStarts = (network: Network, amount: -1 | 1 = 1): LimitRequest =>
  request("network_starts", network.name, network.starts, { amount });

export const registrationStarts = (network: Network, amount: -1 | 1 = 1): LimitRequest =>
  request("network_registrations", network.name, network.starts, { amount });

/** Refuses nothing: while it is exhausted the captcha costs more. */
export const startsOfTenant = (users: number, amount: -1 | 0 | 1): LimitRequest =>
  request("starts_of_tenant", "", LIMITS.starts_of_tenant.limit({ users }), { amount });

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
  ...(entry.challengeId === null ? [] : [fixed("code_tries", entry.challengeId, { amount })]),
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
    either("failed_codes", person.id, place !== null, facts),
    either("failed_codes_in_a_row", person.id, place !== null, {
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
  tenant: TenantSize,
  failure: Failure | null,
): [names: LimitRequest, networks: LimitRequest] => [
  failedNames("attacked_people", limitOf("attacked_people", tenant), failure),
  failedNetworks("attacking_networks", tenant, failure),
];

const failedNames = (
  name: "attacked_people" | "sprayed_people",
  most: number,
  failure: Failure | null,
): LimitRequest => request(name, "", most, { amount: failure === null ? 0 : 1, member: failure?.name ?? "" });

const failedNetworks = (
  name: "attacking_networks" | "spraying_networks",
  tenant: TenantSize,
  failure: Failure | null,
): LimitRequest =>
  request(name, "", limitOf(name, tenant), {
    amount: failure === null ? 0 : 1,
    member: failure?.network.name ?? "",
  });

/**
 * Entries of codes at the registration portal, taken before a code is compared. `amount`: -1 gives the try back. The session counts the
 * tries of one code.
 */
export const registrationCodeTries = (userId: string, amount: -1 | 1): LimitRequest =>
  fixed("failed_registration_codes", userId, { amount });

/**
 * Wrong passwords at the registration portal, when signing in and when changing the password. The limit is low enough
 * that no directory locks the account, and equals an agent's own default. So a user always meets this limit first, and
 * it is the same for every name.
 */
export const failedSignIns = (userId: string, amount: -1 | 1): LimitRequest =>
  fixed("failed_sign_ins", userId, { amount });

/** Wrong passwords at the registration portal by network. `isSlow`: fewer, while the passwords of very many users fail. */
export const networkSignIns = (network: Network, isSlow: boolean, amount: number): LimitRequest => {
  const slow = LIMITS.network_failed_sign_ins.also.limit;
  const most = isSlow ? Math.min(slow, network.failedSignIns) : network.failedSignIns;
  return request("network_failed_sign_ins", network.name, most, { amount });
};

/**
 * The counts that together mean that somebody tries one password at each of many users. Without a failure they only check. `many` and
 * `networks` exhausted: an attack. `veryMany` and `networks`: unknown networks are slowed down.
 */
export const sprayCounts = (
  tenant: TenantSize,
  failure: Failure | null,
): [many: LimitRequest, veryMany: LimitRequest, networks: LimitRequest] => [
  failedNames("sprayed_people", limitOf("sprayed_people", tenant), failure),
  failedNames("sprayed_people", alsoOf("sprayed_people", tenant), failure),
  failedNetworks("spraying_networks", tenant, failure),
];

/** New passwords of one user that are handed to the agents, whatever becomes of them. */
export const passwordWrites = (userId: string): LimitRequest[] => [
  fixed("password_writes", userId),
  fixed("password_writes_of_day", userId),
];

// ---- Codes ----------------------------------------------------------------------------------------------------------

export interface CodeSend extends TenantSize {
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
}

/** The counters of one more code, for reset and registration alike. They are taken together before anything is sent. */
export function codeSends(send: CodeSend, portalKeys: Pick<PortalKeys, "digest">): LimitRequest[] {
  const { userId, channel, network } = send;
  const digest = destinationDigest(send, portalKeys);
  const own = (name: SecondName, subject: string): LimitRequest =>
    either(name, subject, send.isAtKnownPlace, send.isAtKnownPlace ? { part: KNOWN_PLACE } : {});
  // Email costs nothing, so it has counters of its own and does not use up the budget of texts and calls.
  if (channel === "email")
    return [
      own("address_codes_of_hour", digest),
      own("address_codes", digest),
      own("person_emails", userId),
      ...(network === null ? [] : [request("network_emails", network.name, 2 * network.codes)]),
    ];
  return [
    own("number_codes_of_hour", digest),
    own("number_codes", digest),
    own("person_codes", userId),
    ...(network === null ? [] : networkCodes(network, send)),
    tenantCodes(send),
    ...(channel === "call" ? [own("number_calls", digest)] : []),
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
  fixed("person_notice_texts", send.userId),
  fixed("number_notice_texts", destinationDigest(send, portalKeys)),
  request("tenant_notice_texts", "", limitOf("tenant_notice_texts", send)),
];

const KNOWN_PLACE = "known_place";

/** The counters of a number or address, for a helpdesk to lift. */
export function destinationCounters(
  to: Pick<CodeSend, "tenantId" | "to">,
  portalKeys: Pick<PortalKeys, "digest">,
): Pick<LimitRequest, "name" | "key">[] {
  const digest = destinationDigest(to, portalKeys);
  return DESTINATION_LIMITS.flatMap((name) => [
    fixed(name, digest),
    fixed(name, digest, { part: KNOWN_PLACE }),
  ]);
}

const DESTINATION_LIMITS = [
  "number_codes_of_hour",
  "number_codes",
  "number_calls",
  "number_notice_texts",
  "address_codes_of_hour",
  "address_codes",
] as const satisfies FixedName[];

function tenantCodes({ isKnown, ...tenant }: Pick<CodeSend, "users" | "rules" | "isKnown">): LimitRequest {
  const name = isKnown ? "tenant_codes_of_known" : "tenant_codes";
  return request(name, "", limitOf(name, tenant));
}

/** The day's counter is the same for both budgets, so that one network never uses one of them up. */
function networkCodes(network: Network, send: TenantSize): LimitRequest[] {
  const ofDay = network.isOwn ? alsoOf : limitOf;
  return [
    request("network_codes", network.name, network.codes),
    request("network_codes_of_day", network.name, ofDay("network_codes_of_day", send)),
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

/** Messages that administrators send to try a provider. */
export const testMessages = (): LimitRequest[] => [
  fixed("test_messages", ""),
  fixed("test_messages_of_day", ""),
];

// ---- Help and captcha -----------------------------------------------------------------------------------------------

/** "Contact your administrator", from either portal. The limit of the tenant counts all networks together. */
export const helpRequests = (network: Network): LimitRequest[] => [
  fixed("network_help_requests", network.name),
  fixed("tenant_help_requests", ""),
];

/**
 * Wrong answers to the captcha's question for browsers without script, or a program could try all sums. They count for
 * the network alone, so that garbage from many networks shuts nobody else out. `amount`: -1 gives a right one back.
 */
export const wrongWords = (network: string, amount: -1 | 1): LimitRequest =>
  fixed("network_wrong_words", network, { amount });

/** Right answers. A program that knows the questions answers them at no cost, so few are accepted. */
export const rightWords = (
  network: string,
  { isKnown, isUnderAttack }: { readonly isKnown: boolean; readonly isUnderAttack: boolean },
): LimitRequest[] => [
  either("network_words", network, isUnderAttack),
  ...(isKnown ? [] : [either("tenant_words", "", isUnderAttack)]),
];

// ---- Notices --------------------------------------------------------------------------------------------------------

/** "Your reset (or sign-in) was not possible", from both portals together. */
export const impossibleNotices = (userId: string): LimitRequest => fixed("impossible_notices", userId);

/** Changes of the answers to questions. */
export const answeredForms = (userId: string): LimitRequest => fixed("answered_forms", userId);

export const blockedNotices = (userId: string): LimitRequest => fixed("blocked_notices", userId);

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
const notice = (name: FixedName, subject: string): LimitRequest => ({
  ...fixed(name, subject),
  listed: false,
});
