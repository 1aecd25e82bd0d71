/** Membership in Active Directory: the server follows nested groups, but does not count primary groups. */
import { allOf, anyOf, equals, type Filter, isInGroup } from "../ldap/filters.ts";
import { guidToId } from "../ldap/guid.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { domainOf } from "../ldap/root-dse.ts";
import { stampOf } from "./group-members.ts";
import type { NamedObject } from "./named-objects.ts";

const MAX_GROUPS = 200_000;
const MAX_MEMBERS = 1_000_000;
/** A SID of a domain (S-1-5-21-…) with five parts, the last of which is the number of the object ([MS-DTYP] 2.4.2.2). */
const DOMAIN_SID_BYTES = 28;

export interface MembershipFilter {
  readonly filter: Filter;
  /** Changes whenever one of the groups, or one nested in them, changes on this domain controller. */
  readonly stamp: string;
}

/**
 * Makes a filter that matches the members of these groups, direct, nested, and by primary group: `memberOf` and the matching
 * rule for nested groups leave out the primary group ([MS-ADTS] 3.1.1.3.1.3.3 follows links only).
 */
export async function membershipFilter(
  session: LdapSession,
  groups: readonly NamedObject[],
): Promise<MembershipFilter> {
  const inChain = groups.map(({ dn }) => isInGroup(dn));
  const nested = await session.searchAll(
    {
      base: domainOf(session.rootDse),
      scope: "sub",
      filter: allOf([equals("objectClass", "group"), anyOf(inChain)]),
      attributes: ["objectGUID", "objectSid", "uSNChanged"],
    },
    MAX_GROUPS,
  );
  const own = await Promise.all(groups.map((group) => readStamp(session, group.dn)));
  const all = [...own.flat(), ...nested];
  const numbers = new Set(all.flatMap((group) => relativeIdOf(group) ?? []));
  return {
    filter: anyOf([...inChain, ...[...numbers].map((rid) => equals("primaryGroupID", rid.toString()))]),
    stamp: stampOf(
      all.map(
        ({ attributes }) =>
          `${guidToId(attributes.get("objectguid")?.[0]) ?? ""}/${attributes.get("usnchanged")?.[0]?.toString() ?? ""}`,
      ),
    ),
  };
}

/** Returns the ids of all accounts of the domain that are in one of these groups. */
export async function activeDirectoryMembers(
  session: LdapSession,
  groups: readonly NamedObject[],
): Promise<ReadonlySet<string>> {
  if (groups.length === 0) return new Set();
  const { filter } = await membershipFilter(session, groups);
  const found = await session.searchAll(
    {
      base: domainOf(session.rootDse),
      scope: "sub",
      filter: allOf([equals("objectClass", "person"), filter]),
      attributes: ["objectGUID"],
    },
    MAX_MEMBERS,
  );
  return new Set(found.flatMap(({ attributes }) => guidToId(attributes.get("objectguid")?.[0]) ?? []));
}

const readStamp = (session: LdapSession, dn: string): Promise<DirectoryEntryRaw[]> =>
  session.search({
    base: dn,
    scope: "base",
    filter: equals("objectClass", "group"),
    attributes: ["objectGUID", "objectSid", "uSNChanged"],
  });

/** Returns the number of a group in its domain; null for a builtin group, which is nobody's primary group. */
function relativeIdOf({ attributes }: DirectoryEntryRaw): number | null {
  const sid = attributes.get("objectsid")?.[0];
  return sid?.length === DOMAIN_SID_BYTES ? sid.readUInt32LE(DOMAIN_SID_BYTES - 4) : null;
}
