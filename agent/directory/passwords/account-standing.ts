/** The groups of an account, and whether they, the deny list or its own role keep the agent from writing to it. */
import type { AccountState } from "../directory.ts";
import type { DirectoryContext } from "../directory-context.ts";
import { isMarkedPrivileged } from "../entries/entry-reader.ts";
import { allNames } from "../entries/login-names.ts";
import { type GroupOfAccount, groupsInActiveDirectory, groupsInLdap } from "../groups/groups-of-account.ts";
import { contextsHolding, judge, type Protection } from "../groups/protection.ts";
import { textOf } from "../ldap/entry-text.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { contextsOf, domainOf, type RootDse } from "../ldap/root-dse.ts";
import type { Standing } from "./password-dialect.ts";

type Context = Pick<DirectoryContext, "config" | "deny" | "dialectOf" | "entries">;

export async function readGroups(
  context: Context,
  session: LdapSession,
  user: DirectoryEntryRaw,
  protection: Promise<Protection>,
): Promise<GroupOfAccount[]> {
  const dialect = context.dialectOf(session.rootDse);
  if (dialect === "active-directory") return groupsInActiveDirectory(session, user);
  const { protectedGroups, denied } = await protection;
  const contexts = [
    ...contextsOf(context.config)(session.rootDse),
    ...contextsHolding(session.rootDse, [...protectedGroups, ...denied]),
  ];
  return groupsInLdap(session, dialect, [...new Set(contexts)], user);
}

interface Facts {
  readonly user: DirectoryEntryRaw;
  readonly known: Pick<AccountState, "id" | "dn">;
  readonly groups: readonly GroupOfAccount[];
  readonly protection: Protection;
}

export function standingOf(
  context: Context,
  session: LdapSession,
  { user, known: { id, dn }, groups, protection }: Facts,
): Standing {
  const dialect = context.dialectOf(session.rootDse);
  const { attribute } = context.entries(dialect).ids;
  const judgement = judge(
    protection,
    context.deny,
    { id, dn, groups, names: namesToDeny(context, session, user) },
    attribute,
  );
  return {
    protected: judgement.protected || isMarkedPrivileged(user),
    denied: judgement.denied,
    protectionUnknown: judgement.unknown,
    groups: groups.map((group) => group.dn),
  };
}

/** The attributes that `namesToDeny` reads. */
export function deniedAttributes(
  context: Pick<Context, "dialectOf" | "entries">,
  rootDse: RootDse,
): string[] {
  const dialect = context.dialectOf(rootDse);
  const implied = dialect === "active-directory" ? ["userPrincipalName", "sAMAccountName"] : [];
  return [...new Set([...context.entries(dialect).nameAttributes, ...implied])];
}

/** Returns every name by which the deny list may name an account, in lowercase. `user`: with `deniedAttributes`. */
export function namesToDeny(
  context: Pick<Context, "dialectOf" | "entries">,
  session: LdapSession,
  user: DirectoryEntryRaw,
): string[] {
  const isActiveDirectory = context.dialectOf(session.rootDse) === "active-directory";
  return [
    ...allNames(user, deniedAttributes(context, session.rootDse)),
    ...(isActiveDirectory ? impliedNames(session, user) : []),
  ];
}

/**
 * Returns `sAMAccountName@domain`, which signs in like the userPrincipalName, whatever that one is ([MS-ADTS] 5.1.1.1.1).
 */
function impliedNames({ rootDse }: LdapSession, user: DirectoryEntryRaw): string[] {
  const name = textOf(user, "sAMAccountName");
  const labels = domainOf(rootDse)
    .split(",")
    .map((part) => part.trim().replace(/^dc=/i, ""));
  return name === undefined ? [] : [`${name}@${labels.join(".")}`];
}
