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
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";

/** What a counter belongs to. `destination`: a phone number or an email address. `visit`: one code of one visit. */
type CountedBy = "visit" | "person" | "destination" | "network" | "tenant";
/** `helpdesk`: latchkey user unblock, with the user's numbers and addresses. `administrator`: latchkey limits lift. `time`: only the end of its window. */
type LiftedBy = "helpdesk" | "administrator" | "time";

export interface Limit {
  readonly by: CountedBy;
  readonly counts: string;
  readonly protects: string;
  readonly threshold: string;
  readonly windowMs: number;
  /** False for a signal, which refuses nobody: it makes captchas dearer, or spares administrators a second notice. */
  readonly refuses: boolean;
  readonly liftedBy: LiftedBy;
  /** Key of the policy that sets the threshold. */
  readonly setting?: string;
}

/** Windows slide: nothing begins anew at an hour or at midnight. */
export const LIMITS = {
  // ---- One person -----------------------------------------------------------------------------------------------------
  code_tries: {
    by: "visit",
    counts: "entries of one code of a reset",
    protects: "a code from being guessed, also by many requests at once",
    threshold: "5",
    windowMs: 5 * MINUTE_MS,
    refuses: true,
    liftedBy: "time",
  },
  failed_codes: {
    by: "person",
    counts: "wrong codes and answers of resets",
    protects: "a user from guessed codes, across methods and visits",
    threshold: "10; 10 at each network where the user has proved who they are before",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  failed_codes_in_a_row: {
    by: "person",
    counts: "wrong codes and answers of resets since the last right one",
    protects: "a user from slow guessing",
    threshold: "100; 100 at each network where the user has proved who they are before",
    windowMs: 400 * DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  failed_registration_codes: {
    by: "person",
    counts: "wrong codes at the registration portal",
    protects: "a user's codes; apart, so that failing here blocks no reset",
    threshold: "10",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  failed_sign_ins: {
    by: "person",
    counts: "wrong passwords at the registration portal",
    protects: "a user's password, and the account from the directory's lockout",
    threshold: "2",
    windowMs: 30 * MINUTE_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  password_writes: {
    by: "person",
    counts: "new passwords handed to the agents",
    protects: "the agents and the directory from one user; nobody else is affected",
    threshold: "10",
    windowMs: 15 * MINUTE_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  password_writes_of_day: {
    by: "person",
    counts: "new passwords handed to the agents",
    protects: "the agents and the directory from one user; nobody else is affected",
    threshold: "30",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  person_codes: {
    by: "person",
    counts: "codes by text message or call",
    protects: "a user's phone, and the tenant's budget from one user",
    threshold: "5, and 5 from networks where the user has proved who they are before",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  person_emails: {
    by: "person",
    counts: "codes by email",
    protects: "a user's mailbox",
    threshold: "10, and 10 from networks where the user has proved who they are before",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  person_notice_texts: {
    by: "person",
    counts: "text messages that nobody asked for: a number or a method has changed",
    protects: "the tenant's money from a user who changes their own number again and again",
    threshold: "3",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  impossible_notices: {
    by: "person",
    counts: 'emails "your reset (or sign-in) was not possible"',
    protects: "a user's mailbox",
    threshold: "3",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  blocked_notices: {
    by: "person",
    counts: 'emails "self-service is blocked"',
    protects: "a user's mailbox",
    threshold: "1",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  number_codes_of_hour: {
    by: "destination",
    counts: "text messages and calls",
    protects: "a phone from being flooded",
    threshold: "3, and 2 from networks where the user has proved who they are before",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  number_codes: {
    by: "destination",
    counts: "text messages and calls",
    protects: "a phone from being flooded",
    threshold: "5, and 5 from networks where the user has proved who they are before",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  number_calls: {
    by: "destination",
    counts: "calls whose code was not used",
    protects: "a phone from calls; colleagues share a switchboard",
    threshold: "2, and 2 from networks where the user has proved who they are before",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  number_notice_texts: {
    by: "destination",
    counts: "text messages that nobody asked for: a number or a method has changed",
    protects: "a phone from being flooded; apart from codes, so that codes do not use up a warning",
    threshold: "3",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  address_codes_of_hour: {
    by: "destination",
    counts: "codes by email",
    protects: "a mailbox from being flooded",
    threshold: "3, and 2 from networks where the user has proved who they are before",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },
  address_codes: {
    by: "destination",
    counts: "codes by email",
    protects: "a mailbox from being flooded",
    threshold: "5, and 5 from networks where the user has proved who they are before",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "helpdesk",
  },

  // ---- One network ----------------------------------------------------------------------------------------------------
  network_starts: {
    by: "network",
    counts: "resets begun that did not end in a proof",
    protects: "the store and the agents from robots",
    threshold: "120",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.starts",
  },
  network_registrations: {
    by: "network",
    counts: "visits to the registration portal that did not end in a sign-in",
    protects: "the store and the agents from robots",
    threshold: "120",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.starts",
  },
  network_failed_codes: {
    by: "network",
    counts: "wrong codes of visits that did not end in a proof",
    protects: "all users from guesses by one stranger, and everybody else from that stranger",
    threshold: "15",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.failedCodes",
  },
  network_codes: {
    by: "network",
    counts: "text messages and calls of visitors who are not signed in, whose code was not used",
    protects: "the tenant's budget and the users' phones from one stranger",
    threshold: "60",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.codes",
  },
  network_codes_of_day: {
    by: "network",
    counts: "the same within a day",
    protects: "the tenant's budgets of the day: one network takes a part of them, so that others keep theirs",
    threshold: "a third of tenant_codes; half of it for an own network",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.codesPerDay",
  },
  network_emails: {
    by: "network",
    counts: "codes by email of visitors who are not signed in, whose code was not used",
    protects: "the users' mailboxes from one stranger",
    threshold: "120",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.codes, twice",
  },
  network_failed_sign_ins: {
    by: "network",
    counts: "wrong passwords of visits to the registration portal that did not end in a sign-in",
    protects: "all passwords from guesses by one stranger, and everybody else from that stranger",
    threshold:
      "30; 5 while sprayed_people (twice over) and spraying_networks are exhausted, for networks that never proved anything",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.perNetwork.failedSignIns",
  },
  network_help_requests: {
    by: "network",
    counts: "messages to administrators",
    protects: "the administrators' mailbox",
    threshold: "5",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  network_wrong_words: {
    by: "network",
    counts: "wrong answers to the captcha in words",
    protects: "the captcha without script from being solved by trying",
    threshold: "10",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  network_words: {
    by: "network",
    counts: "right answers to the captcha in words",
    protects: "the portals from programs that know the sums",
    threshold: "5; 2 under attack",
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
    threshold: "120, or 20 % of the users",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.codesPerDay, half of it",
  },
  tenant_codes_of_known: {
    by: "tenant",
    counts: "the same, to users or from networks that have proved who they are before",
    protects: "the tenant's money; strangers cannot use this part up",
    threshold: "120, or 20 % of the users",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.codesPerDay, half of it",
  },
  tenant_notice_texts: {
    by: "tenant",
    counts: "text messages that nobody asked for: a number or a method has changed",
    protects: "the tenant's money; apart from codes, so that neither uses up the other",
    threshold: "120, or 20 % of the users",
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
    threshold: "20, from 10 networks, and more than 75 % of these messages",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
    setting: "limits.attack.networks",
  },
  attacked_people: {
    by: "tenant",
    counts: "different user names with a wrong code, of real users or not",
    protects: "all users from one guess at each; works together with attacking_networks",
    threshold: "20, or 2 % of the users",
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "administrator",
    setting: "limits.attack.users, limits.attack.percentOfUsers",
  },
  attacking_networks: {
    by: "tenant",
    counts: "different networks with a wrong code",
    protects: "everybody from one network that alone must not look like an attack",
    threshold: "10",
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "administrator",
    setting: "limits.attack.networks",
  },
  sprayed_people: {
    by: "tenant",
    counts: "different user names with a wrong password at the registration portal, of real users or not",
    protects: "all passwords from one guess at each; works together with spraying_networks",
    threshold: "20, or 2 % of the users; twice as many for network_failed_sign_ins",
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "administrator",
    setting: "limits.attack.users, limits.attack.percentOfUsers",
  },
  spraying_networks: {
    by: "tenant",
    counts: "different networks with a wrong password at the registration portal",
    protects: "everybody from one network that alone must not look like an attack",
    threshold: "10",
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "administrator",
    setting: "limits.attack.networks",
  },
  tenant_help_requests: {
    by: "tenant",
    counts: "messages to administrators",
    protects: "the administrators' mailbox",
    threshold: "60",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  tenant_words: {
    by: "tenant",
    counts: "right answers to the captcha in words from networks that never proved anything",
    protects: "the portals from programs that know the sums",
    threshold: "100; 30 under attack",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  test_messages: {
    by: "tenant",
    counts: "test messages that administrators send",
    protects: "the tenant's money and other people's phones from a stolen API key",
    threshold: "10",
    windowMs: HOUR_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  test_messages_of_day: {
    by: "tenant",
    counts: "test messages that administrators send",
    protects: "the tenant's money and other people's phones from a stolen API key",
    threshold: "30",
    windowMs: DAY_MS,
    refuses: true,
    liftedBy: "administrator",
  },
  starts_of_tenant: {
    by: "tenant",
    counts: "resets begun that did not end in a proof",
    protects: "the store's memory: above it captchas cost more, and nobody is refused",
    threshold: "500, or 20 % of the users",
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "administrator",
  },
  breaker_notices: {
    by: "tenant",
    counts: "notices that codes, or passwords, of many users fail",
    protects: "the administrators' mailbox",
    threshold: "1",
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "time",
  },
  number_notices: {
    by: "tenant",
    counts: "notices that a sync changed many numbers",
    protects: "the administrators' mailbox",
    threshold: "1",
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "time",
  },
  repeated_alarms: {
    by: "tenant",
    counts: "repetitions of one alarm about one agent or limit",
    protects: "the administrators' mailbox",
    threshold: "1 to 5",
    windowMs: HOUR_MS,
    refuses: false,
    liftedBy: "time",
  },
} as const satisfies Readonly<Record<string, Limit>>;
export type LimitName = keyof typeof LIMITS;

export const limitNamed = (name: string): Limit | undefined =>
  (LIMITS as Readonly<Record<string, Limit>>)[name];
