/**
 * Every limit of the cloud that is counted over all nodes (cloud/store/limits.ts). docs/limits.md is generated from `LIMITS`. Limits of
 * one node's memory are not here: API requests (admin/rate-limit.ts), frames (gateway/rate-window.ts), captcha difficulty
 * (portal/work-captcha.ts), pages (portal/page-flood.ts).
 *
 * Each action is counted for its person first, so that one person stops only themselves, and apart for networks where this person has
 * proved who they are before, so that strangers who act in a person's name do not shut them out there; then for the network, so that one stranger
 * stops only their own; and for the tenant last, where only different people and networks add up, or where a part of the budget is
 * kept for visitors who have proved who they are before. A proof gives back what it took of the network and the tenant. Made-up users
 * are counted like real ones, so that nothing that a visitor can see tells which names exist.
 */
import type { LimitRules } from "../../shared/api/limit-rules.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import { CONVERSION_RULE } from "../store/conversion.ts";

/** What a counter belongs to. `destination`: a phone number or an email address. `visit`: one code of one visit. */
type CountedBy = "visit" | "person" | "destination" | "network" | "tenant";
/** `helpdesk`: latchkey user unblock, with the user's numbers and addresses. `administrator`: latchkey limits lift. `time`: only the end of its window. */
type LiftedBy = "helpdesk" | "administrator" | "time";

/** What the thresholds of a tenant depend on. Own networks have numbers of their own (network.ts) instead of `perNetwork`. */
export interface TenantSize {
  readonly rules: LimitRules;
  /** Number of users in the tenant. */
  readonly users: number;
}
type Threshold = number | ((tenant: TenantSize) => number);

export interface Limit {
  readonly by: CountedBy;
  readonly counts: string;
  readonly protects: string;
  readonly limit: Threshold;
  /** A second number, for the same counter or for one beside it. */
  readonly also?: { readonly limit: Threshold; readonly when: string };
  readonly windowMs: number;
  /** False for a signal, which refuses nobody: it makes captchas dearer, or spares administrators a second notice. */
  readonly refuses: boolean;
  readonly liftedBy: LiftedBy;
  /** Key of the policy that sets the threshold. */
  readonly setting?: string;
}

const AT_KNOWN_PLACE = "from networks where the user has proved who they are before";

/** A share of the tenant's users, but at least a minimum. */
const shareOf = (users: number, { minimum, percent }: { minimum: number; percent: number }): number =>
  Math.max(minimum, Math.ceil((users * percent) / 100));

/** The tenant has two budgets of codes, and one of notices, of the same size. */
function budgetOfDay({ rules, users }: TenantSize): number {
  const { minimum, percentOfUsers } = rules.codesPerDay;
  return Math.ceil(shareOf(users, { minimum, percent: percentOfUsers }) / 2);
}

const attackedNames = ({ rules: { attack }, users }: TenantSize): number =>
  shareOf(users, { minimum: attack.users, percent: attack.percentOfUsers });

/** Windows slide: nothing begins anew at an hour or at midnight. */
export const LIMITS = {
  // ---- One person -----------------------------------------------------------------------------------------------------
  code_tries: {
    by: "visit",
    counts: "entries of one code of a reset",
    protects: "a code from being guessed, also by many requests at once",
    limit: 5,
    windowMs: 5 * MINUTE_MS,
    refuses: true,
    liftedBy: "time",
  },
  failed_codes: {
    by: "person",
    counts: "wrong codes and answers of resets",
    protects: "a user from guessed codes, across methods and visits",
    limit: 10,
    also: { limit: 10, when: "at each network where the user has proved who they are before" },
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  failed_codes_in_a_row: {
    by: "person",
    counts: "wrong codes and answers of resets since the last right one",
    protects: "a user from slow guessing",
    limit: 100,
    also: { limit: 100, when: "at each network where the user has proved who they are before" },
    windowMs: 400 * DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  failed_registration_codes: {
    by: "person",
    counts: "wrong codes at the registration portal",
    protects: "a user's codes; apart, so that failing here blocks no reset",
    limit: 10,
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  failed_sign_ins: {
    by: "person",
    counts: "wrong passwords at the registration portal",
    protects: "a user's password, and the account from the directory's lockout",
    limit: 2,
    windowMs: 30 * MINUTE_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  password_writes: {
    by: "person",
    counts: "new passwords handed to the agents",
    protects: "the agents and the directory from one user; nobody else is affected",
    limit: 10,
    windowMs: 15 * MINUTE_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  password_writes_of_day: {
    by: "person",
    counts: "new passwords handed to the agents",
    protects: "the agents and the directory from one user; nobody else is affected",
    limit: 30,
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  person_codes: {
    by: "person",
    counts: "codes by text message or call",
    protects: "a user's phone, and the tenant's budget from one user",
    limit: 5,
    also: { limit: 5, when: AT_KNOWN_PLACE },
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  person_emails: {
    by: "person",
    counts: "codes by email",
    protects: "a user's mailbox",
    limit: 10,
    also: { limit: 10, when: AT_KNOWN_PLACE },
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  person_notice_texts: {
    by: "person",
    counts: "text messages that nobody asked for: a number or a method has changed",
    protects: "the tenant's money from a user who changes their own number again and again",
    limit: 3,
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  impossible_notices: {
    by: "person",
    counts: 'emails "your reset (or sign-in) was not possible"',
    protects: "a user's mailbox",
    limit: 3,
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  blocked_notices: {
    by: "person",
    counts: 'emails "self-service is blocked"',
    protects: "a user's mailbox",
    limit: 1,
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  number_codes_of_hour: {
    by: "destination",
    counts: "text messages and calls",
    protects: "a phone from being flooded",
    limit: 3,
    also: { limit: 2, when: AT_KNOWN_PLACE },
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  number_codes: {
    by: "destination",
    counts: "text messages and calls",
    protects: "a phone from being flooded",
    limit: 5,
    also: { limit: 5, when: AT_KNOWN_PLACE },
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  number_calls: {
    by: "destination",
    counts: "calls whose code was not used",
    protects: "a phone from calls; colleagues share a switchboard",
    limit: 2,
    also: { limit: 2, when: AT_KNOWN_PLACE },
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  number_notice_texts: {
    by: "destination",
    counts: "text messages that nobody asked for: a number or a method has changed",
    protects: "a phone from being flooded; apart from codes, so that codes do not use up a warning",
    limit: 3,
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  address_codes_of_hour: {
    by: "destination",
    counts: "codes by email",
    protects: "a mailbox from being flooded",
    limit: 3,
    also: { limit: 2, when: AT_KNOWN_PLACE },
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  address_codes: {
    by: "destination",
    counts: "codes by email",
    protects: "a mailbox from being flooded",
    limit: 5,
    also: { limit: 5, when: AT_KNOWN_PLACE },
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },

  // ---- One network ----------------------------------------------------------------------------------------------------
  network_starts: {
    by: "network",
    counts: "resets begun that did not end in a proof",
    protects: "the store and the agents from robots",
    limit: ({ rules }) => rules.perNetwork.starts,
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.starts",
  },
  network_registrations: {
    by: "network",
    counts: "visits to the registration portal that did not end in a sign-in",
    protects: "the store and the agents from robots",
    limit: ({ rules }) => rules.perNetwork.starts,
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.starts",
  },
  network_failed_codes: {
    by: "network",
    counts: "wrong codes of visits that did not end in a proof",
    protects: "all users from guesses by one stranger, and everybody else from that stranger",
    limit: ({ rules }) => rules.perNetwork.failedCodes,
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.failedCodes",
  },
  network_codes: {
    by: "network",
    counts: "text messages and calls of visitors who are not signed in, whose code was not used",
    protects: "the tenant's budget and the users' phones from one stranger",
    limit: ({ rules }) => rules.perNetwork.codes,
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.codes",
  },
  network_codes_of_day: {
    by: "network",
    counts: "the same within a day",
    protects: "the tenant's budgets of the day: one network takes a part of them, so that others keep theirs",
    limit: (tenant) => Math.ceil(budgetOfDay(tenant) / 3),
    also: { limit: (tenant) => Math.ceil(budgetOfDay(tenant) / 2), when: "for an own network" },
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.codesPerDay",
  },
  network_emails: {
    by: "network",
    counts: "codes by email of visitors who are not signed in, whose code was not used",
    protects: "the users' mailboxes from one stranger",
    limit: ({ rules }) => 2 * rules.perNetwork.codes,
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.codes, twice",
  },
  network_failed_sign_ins: {
    by: "network",
    counts: "wrong passwords of visits to the registration portal that did not end in a sign-in",
    protects: "all passwords from guesses by one stranger, and everybody else from that stranger",
    limit: ({ rules }) => rules.perNetwork.failedSignIns,
    also: {
      limit: 5,
      when: "for networks that never proved anything, while twice as many names as sprayed_people allows and spraying_networks are exhausted",
    },
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.failedSignIns",
  },
  network_help_requests: {
    by: "network",
    counts: "messages to administrators",
    protects: "the administrators' mailbox",
    limit: 5,
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  network_wrong_words: {
    by: "network",
    counts: "wrong answers to the captcha in words",
    protects: "the captcha without script from being solved by trying",
    limit: 10,
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  network_words: {
    by: "network",
    counts: "right answers to the captcha in words",
    protects: "the portals from programs that know the sums",
    limit: 5,
    also: { limit: 2, when: "under attack" },
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
  },

  // ---- The tenant -----------------------------------------------------------------------------------------------------
  tenant_codes: {
    by: "tenant",
    counts:
      "text messages and calls whose code was not used, to users and from networks that never proved anything",
    protects: "the tenant's money",
    limit: budgetOfDay,
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.codesPerDay, half of it",
  },
  tenant_codes_of_known: {
    by: "tenant",
    counts: "the same, to users or from networks that have proved who they are before",
    protects: "the tenant's money; strangers cannot use this part up",
    limit: budgetOfDay,
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.codesPerDay, half of it",
  },
  tenant_notice_texts: {
    by: "tenant",
    counts: "text messages that nobody asked for: a number or a method has changed",
    protects: "the tenant's money; apart from codes, so that neither uses up the other",
    limit: budgetOfDay,
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.codesPerDay, half of it",
  },
  unused_codes: {
    by: "tenant",
    counts:
      "text messages and calls whose code was not used within five minutes, at most three of one network, to users who never proved anything",
    protects:
      "the tenant's money from paid numbers: such messages stop for an hour; users who have proved who they are before still get theirs",
    limit: CONVERSION_RULE.leastCodes,
    also: {
      limit: ({ rules }) => rules.attack.networks,
      when: `networks that they come from, when less than ${CONVERSION_RULE.leastPercent} % of all are used`,
    },
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.attack.networks",
  },
  attacked_people: {
    by: "tenant",
    counts: "different user names with a wrong code, of real users or not",
    protects: "all users from one guess at each; works together with attacking_networks",
    limit: attackedNames,
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "administrator",
    setting: "limits.attack.users, limits.attack.percentOfUsers",
  },
  attacking_networks: {
    by: "tenant",
    counts: "different networks with a wrong code",
    protects: "everybody from one network that alone must not look like an attack",
    limit: ({ rules }) => rules.attack.networks,
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "administrator",
    setting: "limits.attack.networks",
  },
  sprayed_people: {
    by: "tenant",
    counts: "different user names with a wrong password at the registration portal, of real users or not",
    protects: "all passwords from one guess at each; works together with spraying_networks",
    limit: attackedNames,
    also: { limit: (tenant) => 2 * attackedNames(tenant), when: "for network_failed_sign_ins" },
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "administrator",
    setting: "limits.attack.users, limits.attack.percentOfUsers",
  },
  spraying_networks: {
    by: "tenant",
    counts: "different networks with a wrong password at the registration portal",
    protects: "everybody from one network that alone must not look like an attack",
    limit: ({ rules }) => rules.attack.networks,
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "administrator",
    setting: "limits.attack.networks",
  },
  tenant_help_requests: {
    by: "tenant",
    counts: "messages to administrators",
    protects: "the administrators' mailbox",
    limit: 60,
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  tenant_words: {
    by: "tenant",
    counts: "right answers to the captcha in words from networks that never proved anything",
    protects: "the portals from programs that know the sums",
    limit: 100,
    also: { limit: 30, when: "under attack" },
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  test_messages: {
    by: "tenant",
    counts: "test messages that administrators send",
    protects: "the tenant's money and other people's phones from a stolen API key",
    limit: 10,
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  test_messages_of_day: {
    by: "tenant",
    counts: "test messages that administrators send",
    protects: "the tenant's money and other people's phones from a stolen API key",
    limit: 30,
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  starts_of_tenant: {
    by: "tenant",
    counts: "resets begun that did not end in a proof",
    protects: "the store's memory: above it captchas cost more, and nobody is refused",
    limit: ({ users }: Pick<TenantSize, "users">) => shareOf(users, { minimum: 500, percent: 20 }),
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "administrator",
  },
  breaker_notices: {
    by: "tenant",
    counts: "notices that codes, or passwords, of many users fail",
    protects: "the administrators' mailbox",
    limit: 1,
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "time",
  },
  number_notices: {
    by: "tenant",
    counts: "notices that a sync changed many numbers",
    protects: "the administrators' mailbox",
    limit: 1,
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "time",
  },
  repeated_alarms: {
    by: "tenant",
    counts: "repetitions of one alarm about one agent or limit",
    protects: "the administrators' mailbox",
    limit: 1,
    also: { limit: 5, when: "where an API key causes it" },
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "time",
  },
} as const satisfies Readonly<Record<string, Limit>>;
export type LimitName = keyof typeof LIMITS;

export const limitNamed = (name: string): Limit | undefined =>
  (LIMITS as Readonly<Record<string, Limit>>)[name];

const valueOf = (threshold: Threshold, tenant: TenantSize): number =>
  typeof threshold === "number" ? threshold : threshold(tenant);

export const limitOf = (name: LimitName, tenant: TenantSize): number => valueOf(LIMITS[name].limit, tenant);

/** The second number of a limit that has one. */
export function alsoOf(name: LimitName, tenant: TenantSize): number {
  const { also, limit }: Limit = LIMITS[name];
  return valueOf(also?.limit ?? limit, tenant);
}

/** The numbers of a tenant in words. `print`: prints one of them. */
export function thresholdText(
  { limit, also }: Limit,
  tenant: TenantSize,
  print = (threshold: Threshold): string => String(valueOf(threshold, tenant)),
): string {
  return also === undefined ? print(limit) : `${print(limit)}; ${print(also.limit)} ${also.when}`;
}

/** For a tenant of any size: `120, or 20 % of the users`. */
export function defaultText(limit: Limit, rules: LimitRules): string {
  const many = 1_000_000;
  return thresholdText(limit, { rules, users: 0 }, (threshold) => {
    const [least, most] = [0, many].map((users) => valueOf(threshold, { rules, users }));
    if (most === least || most === undefined) return String(least);
    return `${least}, or ${Math.round((most / many) * 1_000) / 10} % of the users`;
  });
}
