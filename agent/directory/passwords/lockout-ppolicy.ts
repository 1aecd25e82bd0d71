/**
 * Tells how close an account is to a lockout by wrong passwords, by ppolicy (draft-behera-ldap-password-policy sections
 * 5.2, 5.3).
 */
import type { Lockout } from "../directory.ts";
import { countOf, isTrue } from "../ldap/entry-text.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { ldapLock, type LdapUsers, readLdapUser } from "./account-ldap.ts";
import { policyIn, readPolicies } from "./password-rule-ppolicy.ts";

/** Returns null when there is no such user. On a server without ppolicy everything but `locked` is null. */
export async function ppolicyLockout(
  session: LdapSession,
  users: LdapUsers,
  userId: string,
): Promise<Lockout | null> {
  const user = await readLdapUser(session, users, userId, ["pwdFailureTime"]);
  // Read for an unknown user too, so that response times do not reveal which names exist.
  const policies = await readPolicies(session, user);
  if (user === null) return null;
  const policy = policyIn(policies);
  const now = users.clock.now();
  return {
    locked: ldapLock(user, now, policies),
    failures: policy === null ? null : recentFailures(user, policy, now),
    threshold: policy === null ? null : thresholdOf(policy),
  };
}

/** 0: no number of failures locks an account. */
const thresholdOf = (policy: DirectoryEntryRaw): number =>
  isTrue(policy, "pwdLockout") ? (countOf(policy, "pwdMaxFailure") ?? 0) : 0;

/**
 * Counts recent failures. Each is a time of its own. They expire after pwdFailureCountInterval, or at the next sign-in
 * when that is 0.
 */
function recentFailures(user: DirectoryEntryRaw, policy: DirectoryEntryRaw, now: number): number {
  const seconds = countOf(policy, "pwdFailureCountInterval") ?? 0;
  const times = user.attributes.get("pwdfailuretime") ?? [];
  return times.filter((value) => {
    const at = parseGeneralizedTime(value.toString("latin1"));
    return seconds === 0 || at === null || at + seconds * 1000 > now;
  }).length;
}
