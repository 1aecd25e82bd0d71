import type { Clock } from "../../../shared/clock.ts";
import { parseAccountControl, parseComputedControl } from "../entries/account-control.ts";
import type { EntryReader } from "../entries/entry-reader.ts";
import { allNames } from "../entries/login-names.ts";
import { textOf } from "../ldap/entry-text.ts";
import { allOf, equals, not } from "../ldap/filters.ts";
import { guidDn } from "../ldap/guid.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { fileTimeOf, readAccountTimes } from "./account-times.ts";
import type { KnownAccount } from "./password-dialect.ts";

/** Matches users. A computer is a user too, but sets its own password. */
export const ACTIVE_DIRECTORY_USER = allOf([
  equals("objectClass", "user"),
  not(equals("objectClass", "computer")),
]);
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
  "primaryGroupID",
  "objectSid",
];

/** Reads a user by id, wherever it was moved to; null when it was deleted or was never a user. */
export async function readActiveDirectoryUser(
  session: LdapSession,
  userId: string,
  more: readonly string[] = [],
): Promise<DirectoryEntryRaw | null> {
  const [user] = await session.search({
    base: guidDn(userId),
    scope: "base",
    filter: ACTIVE_DIRECTORY_USER,
    attributes: [...ATTRIBUTES, ...more],
  });
  return user ?? null;
}

export function activeDirectoryAccount(
  session: LdapSession,
  userId: string,
  user: DirectoryEntryRaw,
  entries: EntryReader,
  clock: Clock,
): KnownAccount {
  const control = parseAccountControl(textOf(user, "userAccountControl"));
  const times = readAccountTimes({ accountExpires: fileTimeOf(user, "accountExpires") }, {}, clock.now());
  const lockoutTime = textOf(user, "lockoutTime") ?? "0";
  const computed = parseComputedControl(textOf(user, "msDS-User-Account-Control-Computed"));
  const passwordSet = textOf(user, "pwdLastSet") ?? "";
  const names = allNames(user, [...entries.nameAttributes, "userPrincipalName", "sAMAccountName"]);
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
    names,
    displayName: textOf(user, "displayName") ?? null,
  };
}
