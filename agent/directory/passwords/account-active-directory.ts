import type { Clock } from "../../../shared/clock.ts";
import { parseAccountControl, parseComputedControl } from "../entries/account-control.ts";
import type { EntryReader } from "../entries/entry-reader.ts";
import { allNames } from "../entries/login-names.ts";
import { countOf, textOf } from "../ldap/entry-text.ts";
import { allOf, anyOf, equals, hasMember, not } from "../ldap/filters.ts";
import { guidDn } from "../ldap/guid.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { domainOf } from "../ldap/root-dse.ts";
import { fileTimeOf, readAccountTimes } from "./account-times.ts";
import type { KnownAccount } from "./password-dialect.ts";

/** Matches users. A computer is a user too, but sets its own password. */
const USER = allOf([equals("objectClass", "user"), not(equals("objectClass", "computer"))]);
const ATTRIBUTES = [
  "sAMAccountName",
  "userPrincipalName",
  "displayName",
  "userAccountControl",
  "msDS-User-Account-Control-Computed",
  "msDS-KeyVersionNumber",
  "msDS-ResultantPSO",
  "accountExpires",
  "lockoutTime",
  "pwdLastSet",
  "adminCount",
  "memberOf",
  "primaryGroupID",
  "objectSid",
];
const MAX_GROUPS = 5000;
/** "Domain Users", the primary group of nearly every user ([MS-ADTS] 6.1.1.6.14). */
const DOMAIN_USERS = 513;

/** Reads a user by id, wherever it was moved to; null when it was deleted or was never a user. */
export async function readActiveDirectoryUser(
  session: LdapSession,
  userId: string,
  more: readonly string[] = [],
): Promise<DirectoryEntryRaw | null> {
  const [user] = await session.search({
    base: guidDn(userId),
    scope: "base",
    filter: USER,
    attributes: [...ATTRIBUTES, ...more],
  });
  return user ?? null;
}

export async function activeDirectoryAccount(
  session: LdapSession,
  userId: string,
  user: DirectoryEntryRaw,
  entries: EntryReader,
  clock: Clock,
): Promise<KnownAccount> {
  const control = parseAccountControl(textOf(user, "userAccountControl"));
  const times = readAccountTimes({ accountExpires: fileTimeOf(user, "accountExpires") }, {}, clock.now());
  const lockoutTime = textOf(user, "lockoutTime") ?? "0";
  const computed = parseComputedControl(textOf(user, "msDS-User-Account-Control-Computed"));
  const passwordSet = textOf(user, "pwdLastSet") ?? "";
  const names = allNames(user, [...entries.nameAttributes, "userPrincipalName", "sAMAccountName"]);
  const groups = await allGroups(session, user);
  return {
    id: userId,
    dn: user.dn,
    mark: {
      server: session.server,
      changed: passwordSet === "0" ? `0/${textOf(user, "msDS-KeyVersionNumber") ?? ""}` : passwordSet,
      locked: lockoutTime === "0" ? "" : lockoutTime,
    },
    enabled: control.enabled === true,
    expired: times.expired,
    // The attribute that says whether it is enabled is on every account.
    unreadable: [
      ...(typeof control.enabled === "boolean" ? [] : ["userAccountControl"]),
      ...times.unreadable,
    ],
    // lockoutTime stays when the lockout has ended, so the server's computed flag is better where it is readable.
    locked: computed?.locked ?? lockoutTime !== "0",
    mustChange: !control.passwordNeverExpires && (passwordSet === "0" || computed?.passwordExpired === true),
    protected: entries.isProtected(user, groups, names),
    names,
    displayName: textOf(user, "displayName") ?? null,
    groups,
  };
}

/** Returns the groups of a user, nested ones included: the server follows the chain. */
async function allGroups(session: LdapSession, user: DirectoryEntryRaw): Promise<string[]> {
  const found = await primaryGroup(session, user);
  const primary = found === null ? [] : [found];
  const members = [...(user.attributes.has("memberof") ? [user.dn] : []), ...primary];
  if (members.length === 0) return [];
  const groups = await session.search(
    {
      base: domainOf(session.rootDse),
      scope: "sub",
      filter: anyOf(members.map(hasMember)),
      attributes: ["1.1"],
    },
    MAX_GROUPS,
  );
  return [...new Set([...primary, ...groups.map((group) => group.dn)])];
}

/**
 * Finds the primary group, which memberOf does not list: its SID is the user's own with another last part. Null for
 * Domain Users.
 */
async function primaryGroup(session: LdapSession, user: DirectoryEntryRaw): Promise<string | null> {
  const last = countOf(user, "primaryGroupID");
  const [sid] = user.attributes.get("objectsid") ?? [];
  if (last === null || last > 0xffffffff || last === DOMAIN_USERS || sid === undefined || sid.length < 12)
    return null;
  const groupSid = Buffer.from(sid);
  groupSid.writeUInt32LE(last, groupSid.length - 4);
  const [group] = await session.search({
    base: domainOf(session.rootDse),
    scope: "sub",
    filter: equals("objectSid", groupSid),
    attributes: ["1.1"],
  });
  return group?.dn ?? null;
}
