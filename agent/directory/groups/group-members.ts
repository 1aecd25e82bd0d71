/**
 * Finds the members of groups, nested groups included, on servers without a matching rule for it. What the groups list
 * decides, never `memberOf`, which many servers do not keep.
 */
import { createHash } from "node:crypto";
import { canonicalDn, isWithin } from "../../../shared/dn.ts";
import type { DialectName } from "../directory.ts";
import { textOf } from "../ldap/entry-text.ts";
import { ANY_ENTRY, anyOf, equals } from "../ldap/filters.ts";
import { ldapCodeOf } from "../ldap/ldap-errors.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { type NamedObject, type NameProblem, NOT_THERE } from "./named-objects.ts";
import {
  CLASS_ATTRIBUTES,
  COMPUTED_GROUP_CLASSES,
  GROUP_CLASSES,
  isPosixGroup,
  kindOf,
  mustHaveMembers,
} from "./object-class.ts";

/** Largest number of groups in a naming context. 200,000 names take some 30 MB; a search that finds more fails. */
const MAX_GROUPS = 200_000;
const MAX_MEMBERS = 1_000_000;
const MEMBER_ATTRIBUTES = ["member", "uniqueMember"];
/** What a posixGroup (RFC 2307) holds: names of members, and the number by which accounts name it as their primary group. */
const POSIX_ATTRIBUTES = ["memberUid", "gidNumber"];
const NAMES_IN_A_FILTER = 100;
const TAKE_OUT = "Take it out of that group, or make it a group that lists its members.";

export interface GroupMembers {
  /** Canonical DNs of the members of all groups, and of the nested groups themselves. */
  readonly members: ReadonlySet<string>;
  /** Changes whenever the members change. */
  readonly stamp: string;
  /** Groups whose members cannot be read: the others do not tell the whole truth then. */
  readonly problems: readonly NameProblem[];
}

export interface MembersOptions {
  readonly dialect: DialectName;
  /** Entries below which users are searched for by the names that a posixGroup has. */
  readonly places: readonly string[];
  /** The key of the configuration, for problems. */
  readonly key: string;
}

/** Follows member and uniqueMember through nested groups, and memberUid and gidNumber of posixGroups to their accounts. */
export async function readGroupMembers(
  session: LdapSession,
  groups: readonly NamedObject[],
  { dialect, places, key }: MembersOptions,
): Promise<GroupMembers> {
  const members = new Set<string>();
  const problems: NameProblem[] = [];
  if (groups.length === 0) return { members, stamp: "", problems };
  const { known, hidden } = await groupsOf(session);

  const visited = new Set<string>();
  const uids = new Set<string>();
  const gids = new Set<string>();
  const toVisit = groups.map(({ dn, configured }) => ({ dn, from: configured, isNested: false }));
  for (let group = toVisit.pop(); group !== undefined; group = toVisit.pop()) {
    const { dn, from, isNested } = group;
    if (visited.has(canonicalDn(dn))) continue;
    visited.add(canonicalDn(dn));
    const [entry] = await session.search({
      base: dn,
      scope: "base",
      filter: ANY_ENTRY,
      attributes: [...MEMBER_ATTRIBUTES, ...POSIX_ATTRIBUTES, ...CLASS_ATTRIBUTES],
    });
    if (entry === undefined) {
      // A nested group may have been deleted since it was listed; a configured one was there a moment ago.
      if (!isNested) problems.push(problemOf(key, from, `${dn} was removed while it was read.`));
      continue;
    }
    const kind = kindOf(entry);
    if (kind.kind === "unusable")
      problems.push({
        ...problemOf(key, from, `${dn}${isNested ? `, a member of ${from},` : ""} ${kind.why}.`),
        ...(isNested ? { fix: TAKE_OUT } : {}),
      });
    const values = MEMBER_ATTRIBUTES.flatMap((name) => entry.attributes.get(name.toLowerCase()) ?? []);
    const names = (entry.attributes.get("memberuid") ?? []).map((value) => value.toString("utf8"));
    if (values.length === 0 && mustHaveMembers(dialect, entry))
      problems.push(problemOf(key, from, `The members of ${dn} are hidden from this account.`));
    for (const name of names) uids.add(name);
    const gid = isPosixGroup(entry) ? textOf(entry, "gidNumber") : undefined;
    if (gid !== undefined) gids.add(gid);
    for (const value of values) {
      const member = memberDn(value);
      const canonical = canonicalDn(member);
      members.add(canonical);
      if (known.has(canonical)) toVisit.push({ dn: member, from, isNested: true });
      // It may be a group. One is enough to say that the members are unknown.
      else if (problems.length === 0 && hidden.some((context) => isWithin(member, context)))
        problems.push(problemOf(key, from, `${member}, a member of ${from}, is hidden from this account.`));
    }
  }
  for (const dn of await accountsNamed(session, places, "uid", [...uids])) members.add(canonicalDn(dn));
  for (const dn of await accountsNamed(session, places, "gidNumber", [...gids])) members.add(canonicalDn(dn));
  return { members, stamp: stampOf([...members, ...[...uids].map((name) => `uid:${name}`)]), problems };
}

/** Removes the optional unique identifier of uniqueMember (RFC 4517 section 3.3.21). */
const memberDn = (value: Buffer): string => value.toString("utf8").replace(/#'[01]*'B$/, "");

interface KnownGroups {
  /** Canonical DNs. */
  readonly known: ReadonlySet<string>;
  /** Naming contexts that this account may not search: an entry in one of them may be a group. */
  readonly hidden: readonly string[];
}

/** Finds all groups of the directory, to tell a nested group from an account. */
async function groupsOf(session: LdapSession): Promise<KnownGroups> {
  const filter = anyOf(
    [...GROUP_CLASSES, ...COMPUTED_GROUP_CLASSES].map((name) => equals("objectClass", name)),
  );
  const known = new Set<string>();
  const hidden: string[] = [];
  for (const base of session.rootDse.namingContexts)
    try {
      const request = { base, scope: "sub", filter, attributes: ["1.1"] } as const;
      for (const { dn } of await session.searchAll(request, MAX_GROUPS)) known.add(canonicalDn(dn));
    } catch (error) {
      if (!NOT_THERE.includes(ldapCodeOf(error))) throw error;
      hidden.push(base);
    }
  return { known, hidden };
}

/** Finds the accounts that have one of these values, some hundred values a search. */
async function accountsNamed(
  session: LdapSession,
  places: readonly string[],
  attribute: string,
  values: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < values.length; at += NAMES_IN_A_FILTER) {
    const filter = anyOf(values.slice(at, at + NAMES_IN_A_FILTER).map((value) => equals(attribute, value)));
    for (const base of places)
      for (const { dn } of await session.searchAll(
        { base, scope: "sub", filter, attributes: ["1.1"] },
        MAX_MEMBERS,
      ))
        found.push(dn);
  }
  return found;
}

const problemOf = (key: string, name: string, what: string): NameProblem => ({
  key,
  name,
  what,
  fix: `Let the account read it, or name another group in ${key}.`,
});

/** Makes a short text that differs whenever one of these differs, in whatever order they come. */
export const stampOf = (parts: Iterable<string>): string =>
  createHash("sha256")
    .update(JSON.stringify([...parts].sort()))
    .digest("hex")
    .slice(0, 32);

/** Makes one stamp of several, in this order; "" when all are. */
export const joinStamps = (stamps: readonly string[]): string =>
  stamps.every((stamp) => stamp === "") ? "" : stampOf(stamps.map((stamp, index) => `${index}:${stamp}`));
