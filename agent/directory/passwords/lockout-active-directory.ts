/** How far an account of Active Directory is from being locked by wrong passwords ([MS-SAMR] 3.1.1.8.9, 3.1.1.1.5). */
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

/** Null when there is no such user. */
export async function activeDirectoryLockout(
  session: LdapSession,
  userId: string,
  clock: Pick<Clock, "now">,
): Promise<Lockout | null> {
  const user = await readActiveDirectoryUser(session, userId, ["badPwdCount", "badPasswordTime"]);
  const ownPolicy = user === null ? undefined : textOf(user, "msDS-ResultantPSO");
  // For nobody as well: the same work for every name (T-01).
  const { threshold, windowMs } = await policyOf(session, ownPolicy);
  if (user === null) return null;
  const computed = parseComputedControl(textOf(user, "msDS-User-Account-Control-Computed"));
  return {
    locked: computed?.locked ?? (textOf(user, "lockoutTime") ?? "0") !== "0",
    failures: recentFailures(user, windowMs, clock.now()),
    threshold,
  };
}

/** badPwdCount stays when its window has run out; the next wrong password begins at one again. */
function recentFailures(user: DirectoryEntryRaw, windowMs: number | null, now: number): number | null {
  const failedAt = fileTimeToMs(textOf(user, "badPasswordTime"));
  if (windowMs !== null && failedAt !== null && failedAt + windowMs <= now) return 0;
  return countOf(user, "badPwdCount");
}

interface LockoutPolicy {
  readonly threshold: number | null;
  readonly windowMs: number | null;
}

/** A fine-grained policy wins; who may not read it knows nothing, and must not take the domain's for it. */
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
