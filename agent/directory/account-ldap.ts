import type { Clock } from "../../shared/clock.ts";
import type { DirectoryConfig } from "../config.ts";
import { canonicalDn, isWithin } from "./dn.ts";
import type { EntryIds } from "./entry-id.ts";
import { countOf, isTrue, namesOf, textOf } from "./entry-text.ts";
import { anyOf, equals } from "./filters.ts";
import type { LdapSession } from "./ldap-session.ts";
import type { DirectoryEntryRaw } from "./ldap-entry.ts";
import type { KnownAccount } from "./password-dialect.ts";
import { readPolicyEntry } from "./password-rule-ppolicy.ts";
import { parseGeneralizedTime, type RootDse } from "./root-dse.ts";

/** What OpenLDAP writes for "until an administrator unlocks it" (draft-behera-ldap-password-policy section 5.3.3). */
export const LOCKED_FOR_GOOD = "000001010000Z";

const ATTRIBUTES = [
  "displayName",
  "cn",
  "entryCSN",
  "modifyTimestamp",
  "pwdChangedTime",
  "pwdAccountLockedTime",
  "pwdReset",
  "pwdStartTime",
  "pwdEndTime",
  "pwdPolicySubentry",
  /** 389 Directory Server and its kin. */
  "nsAccountLock",
  "accountUnlockTime",
];
const MAX_GROUP_DEPTH = 16;
const MAX_GROUPS = 5000;

export interface LdapUsers {
  readonly config: Pick<DirectoryConfig, "bases">;
  readonly ids: EntryIds;
  readonly nameAttributes: readonly string[];
  readonly clock: Clock;
}

/** Looked for in the whole naming context: a user who left the bases is out of scope, not gone. */
export async function readLdapUser(
  session: LdapSession,
  { config, ids, nameAttributes }: LdapUsers,
  userId: string,
  more: readonly string[] = [],
): Promise<DirectoryEntryRaw | null> {
  for (const base of contextsOf(session.rootDse, config)) {
    const [user] = await session.search({
      base,
      scope: "sub",
      filter: ids.filterOf(userId),
      attributes: [...ATTRIBUTES, ...nameAttributes, ...more],
    });
    if (user !== undefined) return user;
  }
  return null;
}

/** The naming contexts that the bases are in; the bases themselves where the server names none. */
function contextsOf(rootDse: RootDse, config: LdapUsers["config"]): string[] {
  const bases = config.bases.map(({ dn }) => dn);
  const places = bases.map((dn) => rootDse.namingContexts.find((context) => isWithin(dn, context)) ?? dn);
  return [...new Map(places.map((dn) => [canonicalDn(dn), dn])).values()];
}

export async function ldapAccount(
  session: LdapSession,
  users: LdapUsers,
  userId: string,
): Promise<KnownAccount | null> {
  const user = await readLdapUser(session, users, userId);
  if (user === null) return null;
  const lockedAt = textOf(user, "pwdAccountLockedTime") ?? "";
  const now = users.clock.now();
  const at = (attribute: string): number | null => parseGeneralizedTime(textOf(user, attribute) ?? null);
  const startsAt = at("pwdStartTime");
  const endsAt = at("pwdEndTime");
  return {
    id: userId,
    dn: user.dn,
    mark: {
      server: session.server,
      // pwdChangedTime has whole seconds; the change number beside it tells two changes within one second apart.
      changed: `${textOf(user, "pwdChangedTime") ?? ""}/${textOf(user, "entryCSN") ?? textOf(user, "modifyTimestamp") ?? ""}`,
      locked: lockedAt,
    },
    enabled: !isTrue(user, "nsAccountLock") && lockedAt !== LOCKED_FOR_GOOD,
    expired: (startsAt !== null && startsAt > now) || (endsAt !== null && endsAt <= now),
    locked: await ldapLock(session, user, now),
    mustChange: isTrue(user, "pwdReset"),
    privileged: false,
    names: namesOf(user, users.nameAttributes),
    displayName: textOf(user, "displayName") ?? textOf(user, "cn") ?? null,
    groups: await allGroups(session, users.config, user.dn),
  };
}

/** Locked now, by ppolicy or by 389 Directory Server's own way. */
export async function ldapLock(session: LdapSession, user: DirectoryEntryRaw, now: number): Promise<boolean> {
  const unlocksAt = parseGeneralizedTime(textOf(user, "accountUnlockTime") ?? null);
  if (unlocksAt !== null && unlocksAt > now) return true;
  return isStillLocked(session, user, textOf(user, "pwdAccountLockedTime") ?? "", now);
}

/** pwdAccountLockedTime stays when the lockout has run out, until the next sign-in. */
async function isStillLocked(
  session: LdapSession,
  user: DirectoryEntryRaw,
  lockedAt: string,
  now: number,
): Promise<boolean> {
  if (lockedAt === "") return false;
  const since = parseGeneralizedTime(lockedAt);
  if (lockedAt === LOCKED_FOR_GOOD || since === null) return true;
  const policy = await readPolicyEntry(session, user);
  const seconds = policy === null ? null : countOf(policy, "pwdLockoutDuration");
  return seconds === null || seconds === 0 || since + seconds * 1000 > now;
}

/** Groups and the groups they are in, level by level. */
async function allGroups(
  session: LdapSession,
  config: LdapUsers["config"],
  userDn: string,
): Promise<string[]> {
  const found = new Map<string, string>();
  let level = [userDn];
  for (let depth = 0; level.length > 0 && depth < MAX_GROUP_DEPTH; depth++) {
    const filter = anyOf(level.flatMap((dn) => [equals("member", dn), equals("uniqueMember", dn)]));
    const next: string[] = [];
    for (const base of contextsOf(session.rootDse, config)) {
      const request = { base, scope: "sub", filter, attributes: ["1.1"] } as const;
      for (const { dn } of await session.search(request, MAX_GROUPS)) {
        if (found.has(canonicalDn(dn))) continue;
        found.set(canonicalDn(dn), dn);
        next.push(dn);
      }
    }
    level = next;
  }
  return [...found.values()];
}
