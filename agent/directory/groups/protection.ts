/** The accounts that the agent must not write to: members of protected groups, the deny list, and the agent's own. */
import { canonicalDn, DnSet, isDn, isWithin } from "../../../shared/dn.ts";
import { nameKey } from "../../../shared/user-names.ts";
import type { DialectName } from "../directory.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import type { RootDse } from "../ldap/root-dse.ts";
import { activeDirectoryMembers } from "./active-directory-groups.ts";
import { type GroupMembers, readGroupMembers, stampOf } from "./group-members.ts";
import type { GroupOfAccount } from "./groups-of-account.ts";
import type { NamedObject, NamedObjects, NameProblem, NamingKey } from "./named-objects.ts";
import type { OwnAccount } from "./own-accounts.ts";

export interface ProtectionConfig {
  readonly protectedGroups: readonly string[];
  /** Login names, and DNs of users and groups. */
  readonly deny: readonly string[];
}

export interface Protection {
  readonly protectedGroups: readonly NamedObject[];
  readonly denied: readonly NamedObject[];
  /**
   * Canonical DNs of the members of the protected groups, as these groups list them. A server need not find the group from
   * the account: a value with a unique identifier or in other case does not match. Empty in Active Directory.
   */
  readonly members: ReadonlySet<string>;
  /** The same of the denied groups. */
  readonly deniedMembers: ReadonlySet<string>;
  readonly own: readonly OwnAccount[];
  /** While there is one, nobody can tell which accounts are protected, so all of them are. */
  readonly problems: readonly NameProblem[];
}

export interface JudgedAccount {
  readonly id: string;
  readonly dn: string;
  readonly groups: readonly GroupOfAccount[];
  /** In lowercase, usable or not. */
  readonly names: readonly string[];
}

export interface Judgement {
  readonly protected: boolean;
  readonly denied: boolean;
  /** True when the configuration names something that cannot be resolved. */
  readonly unknown: boolean;
}

/**
 * `own`: from `findOwnAccount` for each account that the agent signs in with. `places`: entries below which the users are.
 */
export async function resolveProtection(
  names: NamedObjects,
  session: LdapSession,
  dialect: DialectName,
  { protectedGroups, deny }: ProtectionConfig,
  own: readonly (OwnAccount | NameProblem)[],
  places: readonly string[],
): Promise<Protection> {
  const groups = await names.resolve(session, dialect, "writeback.protectedGroups", protectedGroups, [
    "group",
  ]);
  const denied = await names.resolve(session, dialect, "writeback.deny", deny.filter(isDn), [
    "group",
    "account",
  ]);
  const membersOf = (objects: readonly NamedObject[], key: NamingKey): Promise<GroupMembers> =>
    readGroupMembers(
      session,
      // Active Directory follows nested groups itself, upwards and downwards by the same links.
      dialect === "active-directory" ? [] : objects.filter(({ kind }) => kind === "group"),
      { dialect, places, key },
    );
  const inGroups = await membersOf(groups.objects, "writeback.protectedGroups");
  const inDenied = await membersOf(denied.objects, "writeback.deny");
  return {
    protectedGroups: groups.objects,
    denied: denied.objects,
    members: inGroups.members,
    deniedMembers: inDenied.members,
    own: own.flatMap((each) => ("what" in each ? [] : [each])),
    problems: [
      ...groups.problems,
      ...denied.problems,
      ...inGroups.problems,
      ...inDenied.problems,
      ...own.flatMap((each) => ("what" in each ? [each] : [])),
    ],
  };
}

/** Returns the naming contexts that hold these objects. */
export const contextsHolding = (
  { namingContexts }: Pick<RootDse, "namingContexts">,
  objects: readonly Pick<NamedObject, "dn">[],
): string[] => namingContexts.filter((context) => objects.some(({ dn }) => isWithin(dn, context)));

/**
 * Compares by id, and by the present DN for what shows no id. An account is in a group when it was found upwards from the account
 * or downwards from the group. Pure.
 */
export function judge(
  protection: Protection,
  deny: readonly string[],
  account: JudgedAccount,
  idAttribute: string,
): Judgement {
  const ids = new Set([`${idAttribute}:${account.id}`, ...account.groups.flatMap((group) => group.ids)]);
  const dns = new DnSet([account.dn, ...account.groups.map(({ dn }) => dn)]);
  const isOneOf = (objects: readonly NamedObject[]): boolean =>
    objects.some(({ id, dn, isGone }) => (id !== null && ids.has(id)) || (!isGone && dns.has(dn)));
  const canonical = canonicalDn(account.dn);
  return {
    protected:
      protection.members.has(canonical) ||
      isOneOf(protection.protectedGroups) ||
      isOwn(protection.own, account),
    denied:
      isNameDenied(deny, account.names) ||
      protection.deniedMembers.has(canonical) ||
      isOneOf(protection.denied),
    unknown: protection.problems.length > 0,
  };
}

const isOwn = (own: readonly OwnAccount[], account: Pick<JudgedAccount, "id" | "dn">): boolean =>
  own.some(({ dn, id }) => (id !== null && id === account.id) || canonicalDn(dn) === canonicalDn(account.dn));

/**
 * The names of a deny list are parsed once, because it may have a thousand entries and is used by every look-up and every
 * job.
 */
const denyLists = new WeakMap<readonly string[], ReadonlySet<string>>();

/** `names`: of one account. */
export function isNameDenied(deny: readonly string[], names: readonly string[]): boolean {
  let list = denyLists.get(deny);
  if (list === undefined) {
    list = new Set(deny.flatMap(spellingsOf));
    denyLists.set(deny, list);
  }
  return names.some((name) => list.has(nameKey(name)));
}

/** `DOMAIN\name` names the account `name`: a directory server has the accounts of one domain only. */
export const spellingsOf = (entry: string): string[] => {
  const name = nameKey(entry);
  const afterDomain = name.slice(name.lastIndexOf("\\") + 1);
  return afterDomain === "" ? [name] : [...new Set([name, afterDomain])];
};

/** The accounts that a sync marks as protected. */
export interface GuardedAccounts {
  readonly isGuarded: (raw: Pick<DirectoryEntryRaw, "dn">, id: string | null) => boolean;
  /** Changes whenever another account may be marked, so that a sync reads everybody again. */
  readonly stamp: string;
}

/** Finds what a sync marks: what a look-up at a write protects, but without the deny list. */
export async function findGuarded(
  session: LdapSession,
  dialect: DialectName,
  protection: Protection,
): Promise<GuardedAccounts> {
  const { protectedGroups, members, own } = protection;
  const ownDns = new Set(own.map(({ dn }) => canonicalDn(dn)));
  const ownIds = new Set(own.flatMap(({ id }) => id ?? []));
  if (protection.problems.length > 0) return { isGuarded: () => true, stamp: "unresolved" };

  const isActiveDirectory = dialect === "active-directory";
  const ids = isActiveDirectory ? await activeDirectoryMembers(session, protectedGroups) : new Set<string>();
  return {
    isGuarded({ dn }, id) {
      if (id !== null && (ids.has(id) || ownIds.has(id))) return true;
      if (members.size === 0 && ownDns.size === 0) return false;
      const canonical = canonicalDn(dn);
      return members.has(canonical) || ownDns.has(canonical);
    },
    // The agent's own accounts are not part of it: another agent has others, and continues from the same cursor.
    stamp: ids.size + members.size === 0 ? "" : stampOf([...ids, ...members]),
  };
}
