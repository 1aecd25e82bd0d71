/** The state of an account in 389 Directory Server, FreeIPA among them. */
import { DAY_MS } from "../../../shared/durations.ts";
import type { EntryReader } from "../entries/entry-reader.ts";
import { allNames } from "../entries/login-names.ts";
import { lackingRight } from "../ldap/effective-rights.ts";
import { countOf, isTrue, textOf } from "../ldap/entry-text.ts";
import { ANY_ENTRY } from "../ldap/filters.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import type { LdapUsers } from "./account-ldap.ts";
import { readAccountTimes, type ReadTime, shadowExpiryOf, timeOf } from "./account-times.ts";
import type { KnownAccount } from "./password-dialect.ts";
import { type Ds389Policy, read389Policy } from "./policy-389-ds.ts";

/** What tells whether an account is open. Where the server tells that one may not be read, the account counts as closed. */
const STATE_ATTRIBUTES = [
  "nsAccountLock",
  "passwordRetryCount",
  "accountUnlockTime",
  "passwordExpirationTime",
  "pwdTPRReset",
  "pwdTPRUseCount",
  "pwdTPRValidFrom",
  "pwdTPRExpireAt",
];

export const DS_389_ATTRIBUTES = [
  ...STATE_ATTRIBUTES,
  "displayName",
  "cn",
  "modifyTimestamp",
  "entryUSN",
  "pwdUpdateTime",
  "pwdPolicySubentry",
  "acctPolicySubentry",
  "lastLoginTime",
  "createTimestamp",
  "retryCountResetTime",
  "passwordAllowChangeTime",
  "shadowExpire",
  // FreeIPA: the Kerberos side of the same account.
  "krbPrincipalExpiration",
  "krbPasswordExpiration",
  "krbLoginFailedCount",
];

/** Attributes whose removal unlocks an account; the server counts from nought again. */
export const LOCK_ATTRIBUTES = ["passwordRetryCount", "retryCountResetTime", "accountUnlockTime"];

export async function ds389Account(
  session: LdapSession,
  users: LdapUsers,
  userId: string,
  user: DirectoryEntryRaw,
): Promise<KnownAccount> {
  const now = users.clock.now();
  const [policy, inactive] = await Promise.all([read389Policy(session, user), inactiveSince(session, user)]);
  const times = readAccountTimes(
    {
      acctPolicySubentry: inactive,
      krbPrincipalExpiration: timeOf(user, "krbPrincipalExpiration"),
      shadowExpire: shadowExpiryOf(user),
    },
    {},
    now,
  );
  const passwordEnds = [timeOf(user, "passwordExpirationTime"), timeOf(user, "krbPasswordExpiration")];
  const names = allNames(user, users.entries.nameAttributes);
  return {
    id: userId,
    dn: user.dn,
    mark: markOf(session, user),
    enabled: isEnabled(users.entries, user),
    expired: times.expired,
    unreadable: [
      ...times.unreadable,
      ...(lackingRight(user, "r", STATE_ATTRIBUTES) ?? []),
      ...(passwordEnds[0] === "unreadable" ? ["passwordExpirationTime"] : []),
    ],
    locked: is389Locked(user, policy, now),
    mustChange: mustChangeNow(user, policy, now),
    names,
    displayName: textOf(user, "displayName") ?? textOf(user, "cn") ?? null,
  };
}

const isEnabled = (entries: EntryReader, user: DirectoryEntryRaw): boolean =>
  entries.enabledState(user) === true;

/**
 * The server keeps no time of the last change of a password unless it is told to (passwordTrackUpdateTime). Stamps have whole
 * seconds; entryUSN, where its plugin is on, distinguishes two changes within one.
 */
function markOf(session: LdapSession, user: DirectoryEntryRaw): KnownAccount["mark"] {
  const changed = ["pwdUpdateTime", "modifyTimestamp", "entryUSN"].map((name) => textOf(user, name) ?? "");
  const locked = ["accountUnlockTime", "krbLoginFailedCount"].map((name) => textOf(user, name) ?? "");
  return {
    server: session.server,
    changed: changed.join("/"),
    locked: countOf(user, "passwordRetryCount") === 0 ? "" : locked.join("/"),
  };
}

/**
 * Tells whether wrong passwords have locked an account: enough of them are counted, and the time is not over. A reset sets the
 * count to 0 and leaves the time, so the time alone tells nothing. Time 0 (1970) is a lock without an end. Where the policy cannot
 * be read, any counted failure under a running time counts as a lock.
 */
export function is389Locked(user: DirectoryEntryRaw, policy: Ds389Policy | null, now: number): boolean {
  if (isKerberosLocked(user) || isTemporaryPasswordOver(user, policy, now)) return true;
  const failures = countOf(user, "passwordRetryCount") ?? 0;
  const unlocksAt = timeOf(user, "accountUnlockTime");
  if (failures === 0 || unlocksAt === null || policy?.threshold === 0) return false;
  if (policy !== null && failures < policy.threshold) return false;
  if (unlocksAt === "unreadable") return true;
  return unlocksAt < DAY_MS ? policy?.locksForATime !== true : unlocksAt > now;
}

/** FreeIPA's default policy locks after 6; how many its policy for this user allows is not read, so half of it counts. */
const KERBEROS_FAILURES = 3;
const isKerberosLocked = (user: DirectoryEntryRaw): boolean =>
  (countOf(user, "krbLoginFailedCount") ?? 0) >= KERBEROS_FAILURES;

/**
 * Tells whether the server refuses a temporary password, one that a password administrator has set: it was tried too often, right or
 * wrong, its time is over, or it is not valid yet. The server then answers "TPR checking. Contact system administrator", and only
 * another reset helps. Where the policy cannot be read, one try counts as too many.
 */
export function isTemporaryPasswordOver(
  user: DirectoryEntryRaw,
  policy: Ds389Policy | null,
  now: number,
): boolean {
  if (!isTrue(user, "pwdTPRReset") || policy?.mustChange === false) return false;
  const limit = (name: string): ReadTime => (textOf(user, name) === "-1" ? null : timeOf(user, name)); // -1: none
  const [from, until] = [limit("pwdTPRValidFrom"), limit("pwdTPRExpireAt")];
  if (from === "unreadable" || until === "unreadable") return true;
  if ((from !== null && from > now) || (until !== null && until <= now)) return true;
  const tries = countOf(user, "pwdTPRUseCount") ?? 0;
  const allowed = policy === null ? 1 : policy.temporaryTries;
  return allowed !== null && tries >= allowed;
}

/**
 * Tells whether the password must be changed at the next sign-in: it has expired, or the first second of 1970 is written there,
 * which the server obeys exactly where its policy says passwordMustChange.
 */
export function mustChangeNow(user: DirectoryEntryRaw, policy: Ds389Policy | null, now: number): boolean {
  return ["passwordExpirationTime", "krbPasswordExpiration"].some((attribute) => {
    const ends = parseGeneralizedTime(textOf(user, attribute));
    if (ends === null) return false;
    return ends < DAY_MS ? policy?.mustChange !== false : ends <= now;
  });
}

/**
 * Returns when the account became inactive by the policy that its entry names (Account Policy plugin): so long after the last
 * sign-in, or after it was made.
 */
async function inactiveSince(session: LdapSession, user: DirectoryEntryRaw): Promise<ReadTime> {
  const base = textOf(user, "acctPolicySubentry");
  if (base === undefined) return null;
  const request = { base, scope: "base", filter: ANY_ENTRY, attributes: ["accountInactivityLimit"] } as const;
  const [policy] = await session.search(request);
  if (policy === undefined) return "unreadable";
  if (!policy.attributes.has("accountinactivitylimit")) return null;
  const seconds = countOf(policy, "accountInactivityLimit");
  const signedIn = timeOf(user, "lastLoginTime") ?? timeOf(user, "createTimestamp");
  if (seconds === null || typeof signedIn !== "number") return "unreadable";
  return signedIn + seconds * 1000;
}
