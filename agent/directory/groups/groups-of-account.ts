/** Finds the groups that one account is in, nested ones included, from the account upwards. */
import { canonicalDn } from "../../../shared/dn.ts";
import type { DialectName } from "../directory.ts";
import { countOf } from "../ldap/entry-text.ts";
import { allOf, anyOf, equals, type Filter, hasMember } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { domainOf } from "../ldap/root-dse.ts";
import { allIdsOf, idAttributesOf } from "./named-objects.ts";

const MAX_GROUPS = 5000;
/** Groups in one filter: each takes two conditions. */
const GROUPS_IN_A_FILTER = 100;
/** Attributes of the account that posixGroups name their members by. */
export const POSIX_ACCOUNT_ATTRIBUTES = ["uid", "gidNumber"] as const;

export interface GroupOfAccount {
  readonly dn: string;
  /** As `NamedObject.id`; empty where the account that reads sees no id. */
  readonly ids: readonly string[];
}

/**
 * Finds the groups that link to the user, and the primary group, to which nothing links: its SID is the user's own with another
 * last part. `user`: with primaryGroupID and objectSid. The server follows the chain.
 */
export async function groupsInActiveDirectory(
  session: LdapSession,
  user: DirectoryEntryRaw,
): Promise<GroupOfAccount[]> {
  const search = (filter: Filter): Promise<DirectoryEntryRaw[]> =>
    session.searchAll(
      {
        base: domainOf(session.rootDse),
        scope: "sub",
        filter,
        attributes: [...idAttributesOf("active-directory"), "objectSid"],
      },
      MAX_GROUPS,
    );
  const sid = primaryGroupSidOf(user);
  const isPrimary = ({ attributes }: DirectoryEntryRaw): boolean =>
    sid !== null && attributes.get("objectsid")?.[0]?.equals(sid) === true;
  const linked = await search(
    sid === null ? hasMember(user.dn) : anyOf([hasMember(user.dn), equals("objectSid", sid)]),
  );
  const primary = linked.find(isPrimary);
  const above = primary === undefined ? [] : await search(hasMember(primary.dn));
  const found = new Map([...linked, ...above].map((raw) => [canonicalDn(raw.dn), raw]));
  return [...found.values()].map((raw) => toGroup("active-directory", raw));
}

/** Null where the account that reads may not see it. */
function primaryGroupSidOf(user: DirectoryEntryRaw): Buffer | null {
  const last = countOf(user, "primaryGroupID");
  const [sid] = user.attributes.get("objectsid") ?? [];
  if (last === null || last > 0xffffffff || sid === undefined || sid.length < 12) return null;
  const groupSid = Buffer.from(sid);
  groupSid.writeUInt32LE(last, groupSid.length - 4);
  return groupSid;
}

/**
 * `user`: with `POSIX_ACCOUNT_ATTRIBUTES`. Goes up level by level; a group that was found is not asked for again, so a circle
 * ends. `contexts`: entries below which groups are searched for.
 */
export async function groupsInLdap(
  session: LdapSession,
  dialect: DialectName,
  contexts: readonly string[],
  user: DirectoryEntryRaw,
): Promise<GroupOfAccount[]> {
  const found = new Map<string, GroupOfAccount>();
  const search = async (filter: Filter): Promise<string[]> => {
    const level: string[] = [];
    for (const base of contexts)
      for (const raw of await session.searchAll(
        { base, scope: "sub", filter, attributes: idAttributesOf(dialect) },
        MAX_GROUPS,
      )) {
        if (found.has(canonicalDn(raw.dn))) continue;
        found.set(canonicalDn(raw.dn), toGroup(dialect, raw));
        level.push(raw.dn);
      }
    return level;
  };
  let level = await search(anyOf([...namesMember(user.dn), ...posixGroupsOf(user)]));
  while (level.length > 0) {
    const next: string[] = [];
    for (let at = 0; at < level.length; at += GROUPS_IN_A_FILTER)
      next.push(...(await search(anyOf(level.slice(at, at + GROUPS_IN_A_FILTER).flatMap(namesMember)))));
    level = next;
  }
  return [...found.values()];
}

const namesMember = (dn: string): Filter[] => [equals("member", dn), equals("uniqueMember", dn)];

function posixGroupsOf(user: DirectoryEntryRaw): Filter[] {
  const textsOf = (name: string): string[] =>
    (user.attributes.get(name) ?? []).map((value) => value.toString("utf8"));
  const isPosix = equals("objectClass", "posixGroup");
  return [
    ...textsOf("uid").map((uid) => equals("memberUid", uid)),
    ...textsOf("gidnumber").map((gid) => allOf([isPosix, equals("gidNumber", gid)])),
  ];
}

const toGroup = (dialect: DialectName, raw: DirectoryEntryRaw): GroupOfAccount => ({
  dn: raw.dn,
  ids: allIdsOf(dialect, raw),
});
