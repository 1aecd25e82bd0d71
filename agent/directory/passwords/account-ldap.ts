import type { Clock } from "../../../shared/clock.ts";
import { type EntryReader, isLockedForGood } from "../entries/entry-reader.ts";
import { allNames } from "../entries/login-names.ts";
import { POSIX_ACCOUNT_ATTRIBUTES } from "../groups/groups-of-account.ts";
import type { RequestControl } from "../ldap/controls.ts";
import { countOf, isTrue, textOf } from "../ldap/entry-text.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { LDAP_OID } from "../ldap/oids.ts";
import type { RootDse } from "../ldap/root-dse.ts";
import { readAccountTimes, type ReadTime, shadowExpiryOf, timeOf } from "./account-times.ts";
import type { KnownAccount } from "./password-dialect.ts";
import { type Policies, policyIn, readPolicies } from "./password-rule-ppolicy.ts";

export const PPOLICY_ATTRIBUTES = [
  "displayName",
  "cn",
  "entryCSN",
  "modifyTimestamp",
  "pwdChangedTime",
  "pwdAccountLockedTime",
  "pwdAccountTmpLockoutEnd",
  "pwdLastSuccess",
  "pwdReset",
  "pwdStartTime",
  "pwdEndTime",
  "pwdPolicySubentry",
  "shadowExpire",
  /** Servers that descend from Netscape's: OpenDJ, Oracle, and 389-ds, which has a dialect of its own. */
  "nsAccountLock",
  "accountUnlockTime",
];

export interface LdapUsers {
  /** The attributes that tell the state of an account. */
  readonly stateAttributes: readonly string[];
  /** Controls of the search for one user. */
  readonly controls: (rootDse: RootDse) => readonly RequestControl[];
  readonly entries: EntryReader;
  readonly clock: Clock;
  /** The entries below which users and groups are searched for. */
  readonly contexts: (rootDse: RootDse) => readonly string[];
}

/**
 * Reads a user by id. Searches the whole naming context, because a user that left the bases is out of scope, not deleted.
 */
export async function readLdapUser(
  session: LdapSession,
  { contexts, entries, stateAttributes, controls }: LdapUsers,
  userId: string,
  more: readonly string[] = [],
): Promise<DirectoryEntryRaw | null> {
  for (const base of contexts(session.rootDse)) {
    const [user] = await session.search({
      base,
      scope: "sub",
      filter: entries.ids.filterOf(userId),
      attributes: [...stateAttributes, ...POSIX_ACCOUNT_ATTRIBUTES, ...entries.nameAttributes, ...more],
      controls: controls(session.rootDse),
    });
    if (user !== undefined) return user;
  }
  return null;
}

export async function ldapAccount(
  session: LdapSession,
  users: LdapUsers,
  userId: string,
  user: DirectoryEntryRaw,
): Promise<KnownAccount> {
  const lockedAt = textOf(user, "pwdAccountLockedTime") ?? "";
  const now = users.clock.now();
  const policies = dependsOnPolicy(user) ? await readPolicies(session, user) : [];
  const times = readAccountTimes(
    {
      pwdEndTime: timeOf(user, "pwdEndTime"),
      pwdMaxIdle: idleEnd(session.rootDse, user, policies),
      shadowExpire: shadowExpiryOf(user),
    },
    { pwdStartTime: timeOf(user, "pwdStartTime") },
    now,
  );
  const names = allNames(user, users.entries.nameAttributes);
  return {
    id: userId,
    dn: user.dn,
    mark: {
      server: session.server,
      // pwdChangedTime has whole seconds; the change number distinguishes two changes within one second.
      changed: `${textOf(user, "pwdChangedTime") ?? ""}/${textOf(user, "entryCSN") ?? textOf(user, "modifyTimestamp") ?? ""}`,
      locked: lockedAt,
    },
    enabled: users.entries.enabledState(user) === true,
    expired: times.expired,
    unreadable: times.unreadable,
    locked: ldapLock(user, now, policies),
    mustChange: isTrue(user, "pwdReset"),
    names,
    displayName: textOf(user, "displayName") ?? textOf(user, "cn") ?? null,
  };
}

/** Tells whether wrong passwords have locked a user, by ppolicy or by a descendant of Netscape's server. */
export function ldapLock(user: DirectoryEntryRaw, now: number, policies: Policies): boolean {
  // OpenLDAP 2.5 delays the next sign-in so (pwdMinDelay), and beside this time it takes no notice of pwdAccountLockedTime.
  const ends = [timeOf(user, "accountUnlockTime"), timeOf(user, "pwdAccountTmpLockoutEnd")];
  if (ends.some((end) => end === "unreadable" || (end !== null && end > now))) return true;
  // pwdAccountLockedTime stays when the lockout has ended, until the next sign-in.
  const since = timeOf(user, "pwdAccountLockedTime");
  if (since === null) return false;
  if (since === "unreadable" || isLockedForGood(user)) return true;
  const policy = policyIn(policies);
  const seconds = policy === null ? null : countOf(policy, "pwdLockoutDuration");
  return seconds === null || seconds === 0 || since + seconds * 1000 > now;
}

/** Spares a search for most users: these attributes mean nothing without the policy. */
const dependsOnPolicy = (user: DirectoryEntryRaw): boolean =>
  ["pwdAccountLockedTime", "pwdLastSuccess", "pwdChangedTime"].some(
    (name) => textOf(user, name) !== undefined,
  );

/**
 * Returns when an account that is not used is closed: pwdMaxIdle after the last sign-in, or after the last change of the password.
 * OpenLDAP notes the last sign-in where `lastbind` is on. Of several policies that may apply, the strictest counts.
 */
function idleEnd(rootDse: RootDse, user: DirectoryEntryRaw, policies: Policies): ReadTime {
  const signedIn = timeOf(user, "pwdLastSuccess");
  if (policies.length === 0)
    return signedIn !== null && rootDse.supportedControls.has(LDAP_OID.passwordPolicy) ? "unreadable" : null;
  const limits = policies.map((policy) => countOf(policy, "pwdMaxIdle") ?? 0).filter((limit) => limit > 0);
  const used = signedIn ?? timeOf(user, "pwdChangedTime");
  if (limits.length === 0) return null;
  return typeof used === "number" ? used + Math.min(...limits) * 1000 : used;
}
