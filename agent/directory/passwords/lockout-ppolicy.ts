/** How far an account is from being locked by wrong passwords, by ppolicy (draft-behera-ldap-password-policy sections 5.2, 5.3). */
import type { Lockout } from "../directory.ts";
import { countOf, isTrue } from "../ldap/entry-text.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { parseGeneralizedTime } from "../ldap/root-dse.ts";
import { ldapLock, type LdapUsers, readLdapUser } from "./account-ldap.ts";
import { readPolicyEntry } from "./password-rule-ppolicy.ts";

/** Null when there is no such user. A server without ppolicy says nothing: everything but `locked` is null then. */
export async function ppolicyLockout(
  session: LdapSession,
  users: LdapUsers,
  userId: string,
): Promise<Lockout | null> {
  const user = await readLdapUser(session, users, userId, ["pwdFailureTime"]);
  const policy = await readPolicyEntry(session, user); // for nobody as well: the same work for every name (T-01)
  if (user === null) return null;
  const now = users.clock.now();
  return {
    locked: await ldapLock(user, now, () => Promise.resolve(policy)),
    failures: policy === null ? null : recentFailures(user, policy, now),
    threshold: policy === null ? null : thresholdOf(policy),
  };
}

/** 0: nothing locks. */
const thresholdOf = (policy: DirectoryEntryRaw): number =>
  isTrue(policy, "pwdLockout") ? (countOf(policy, "pwdMaxFailure") ?? 0) : 0;

/** Each failure is a time of its own; they are forgotten after pwdFailureCountInterval, or at the next sign-in when that is 0. */
function recentFailures(user: DirectoryEntryRaw, policy: DirectoryEntryRaw, now: number): number {
  const seconds = countOf(policy, "pwdFailureCountInterval") ?? 0;
  const times = user.attributes.get("pwdfailuretime") ?? [];
  return times.filter((value) => {
    const at = parseGeneralizedTime(value.toString("latin1"));
    return seconds === 0 || at === null || at + seconds * 1000 > now;
  }).length;
}
