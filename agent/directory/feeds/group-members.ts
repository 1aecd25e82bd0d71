/**
 * Finds the members of groups, nested groups included, on servers without a matching rule for it; and whether they
 * changed.
 */
import { createHash } from "node:crypto";
import { AppError } from "../../../shared/errors.ts";
import { canonicalDn } from "../ldap/dn.ts";
import { allOf, ANY_ENTRY, anyOf, equals, isInGroup } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { SearchRequest } from "../ldap/ldap-stream.ts";
import type { RootDse } from "../ldap/root-dse.ts";

type Read = (request: SearchRequest, maxEntries?: number) => Promise<DirectoryEntryRaw[]>;

/** Largest number of groups in a naming context. 200,000 names take some 30 MB; a search that finds more fails. */
const MAX_GROUPS = 200_000;
const STAMP_ATTRIBUTES = ["entryCSN", "modifyTimestamp", "uSNChanged"];
const MEMBER_ATTRIBUTES = ["member", "uniqueMember"];
const GROUP_CLASSES = ["groupOfNames", "groupOfUniqueNames", "groupOfEntries", "groupOfMembers"];

export interface GroupMembers {
  /** Canonical DNs of the members of all groups, and of the nested groups themselves. */
  readonly members: ReadonlySet<string>;
  /** Changes whenever one of the groups involved changes. */
  readonly stamp: string;
}

/** Follows member and uniqueMember. Throws SCOPE_BASE_MISSING when a configured group is not there. */
export async function resolveGroupMembers(
  read: Read,
  rootDse: RootDse,
  groups: readonly string[],
): Promise<GroupMembers> {
  const known = new Set<string>();
  const isGroup = anyOf(GROUP_CLASSES.map((name) => equals("objectClass", name)));
  for (const base of rootDse.namingContexts)
    for (const { dn } of await read({ base, scope: "sub", filter: isGroup, attributes: ["1.1"] }, MAX_GROUPS))
      known.add(canonicalDn(dn));

  const members = new Set<string>();
  const stamps = new Map<string, string>();
  const toVisit = [...groups];
  for (let group = toVisit.pop(); group !== undefined; group = toVisit.pop()) {
    if (stamps.has(canonicalDn(group))) continue;
    const [entry] = await read({
      base: group,
      scope: "base",
      filter: ANY_ENTRY,
      attributes: [...MEMBER_ATTRIBUTES, ...STAMP_ATTRIBUTES],
    });
    if (entry === undefined) {
      if (groups.includes(group)) throw groupMissing(group);
      continue; // deleted since it was listed
    }
    stamps.set(canonicalDn(group), stampOf(entry));
    for (const name of MEMBER_ATTRIBUTES)
      for (const value of entry.attributes.get(name.toLowerCase()) ?? []) {
        const dn = value.toString("utf8").replace(/#'[01]*'B$/, ""); // RFC 4517 section 3.3.21
        const canonical = canonicalDn(dn);
        members.add(canonical);
        if (known.has(canonical)) toVisit.push(dn);
      }
  }
  return { members, stamp: digest(stamps) };
}

/** Returns the stamp alone, for Active Directory, where membership is part of the filter. */
export async function stampOfNestedGroups(
  read: Read,
  rootDse: RootDse,
  groups: readonly string[],
): Promise<string> {
  const stamps = new Map<string, string>();
  for (const group of groups) {
    const [entry] = await read({
      base: group,
      scope: "base",
      filter: ANY_ENTRY,
      attributes: STAMP_ATTRIBUTES,
    });
    if (entry === undefined) throw groupMissing(group);
    stamps.set(canonicalDn(group), stampOf(entry));
    const nested = await read(
      {
        base: rootDse.defaultNamingContext ?? "",
        scope: "sub",
        filter: allOf([equals("objectClass", "group"), isInGroup(group)]),
        attributes: STAMP_ATTRIBUTES,
      },
      MAX_GROUPS,
    );
    for (const each of nested) stamps.set(canonicalDn(each.dn), stampOf(each));
  }
  return digest(stamps);
}

const groupMissing = (group: string): AppError =>
  new AppError("SCOPE_BASE_MISSING", `The group ${group} of directory.groups is not in the directory.`, {
    details: { group },
  });

const stampOf = (entry: DirectoryEntryRaw): string =>
  STAMP_ATTRIBUTES.map(
    (name) => entry.attributes.get(name.toLowerCase())?.[0]?.toString("latin1") ?? "",
  ).join("/");

const digest = (stamps: ReadonlyMap<string, string>): string =>
  createHash("sha256")
    .update(JSON.stringify([...stamps].sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest("hex")
    .slice(0, 32);
