/** Tells how close an account of Active Directory is to a lockout by wrong passwords ([MS-SAMR] 3.1.1.8.9, 3.1.1.1.5). */
import type { Clock } from "../../../shared/clock.ts";
import type { Lockout } from "../directory.ts";
import { parseComputedControl } from "../entries/account-control.ts";
import { countOf, textOf } from "../ldap/entry-text.ts";
import { fileTimeIntervalSeconds, fileTimeToMs } from "../ldap/filetime.ts";
import { ANY_ENTRY } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { domainOf } from "../ldap/root-dse.ts";
import { readActiveDirectoryUser } from "./account-active-directory.ts";

/** Returns null when there is no such user. */
export async function activeDirectoryLockout(
  session: LdapSession,
  userId: string,
  clock: Pick<Clock, "now">,
): Promise<Lockout | null> {
  const user = await readActiveDirectoryUser(session, userId, ["badPwdCount", "badPasswordTime"]);
  const ownPolicy = user === null ? undefined : textOf(user, "msDS-ResultantPSO");
  // Read for an unknown user too, so that response times do not reveal which names exist.
  const { threshold, windowMs } = await policyOf(session, ownPolicy);
  if (user === null) return null;
  const computed = parseComputedControl(textOf(user, "msDS-User-Account-Control-Computed"));
  return {
    locked: computed?.locked ?? (textOf(user, "lockoutTime") ?? "0") !== "0",
    failures: recentFailures(user, windowMs, clock.now()),
    threshold,
  };
}

/** Counts recent failures. badPwdCount stays when its window has passed; the next wrong password starts at one again. */
function recentFailures(user: DirectoryEntryRaw, windowMs: number | null, now: number): number | null {
  const failedAt = fileTimeToMs(textOf(user, "badPasswordTime"));
  if (windowMs !== null && failedAt !== null && failedAt + windowMs <= now) return 0;
  return countOf(user, "badPwdCount");
}

interface LockoutPolicy {
  readonly threshold: number | null;
  readonly windowMs: number | null;
}

/**
 * Reads the policy of a user. A fine-grained policy wins; where it cannot be read, the domain's must not be used instead.
 */
async function policyOf(session: LdapSession, resultantPolicy: string | undefined): Promise<LockoutPolicy> {
  const [threshold, window] =
    resultantPolicy === undefined
      ? ["lockoutThreshold", "lockOutObservationWindow"]
      : ["msDS-LockoutThreshold", "msDS-LockoutObservationWindow"];
  const [policy] = await session.search({
    base: resultantPolicy ?? domainOf(session.rootDse),
    scope: "base",
    filter: ANY_ENTRY,
    attributes: [threshold, window],
  });
  if (policy === undefined) return { threshold: null, windowMs: null };
  const seconds = fileTimeIntervalSeconds(textOf(policy, window));
  return {
    threshold: countOf(policy, threshold),
    windowMs: seconds === null ? null : seconds * 1000,
  };
}
