/** Resolves the configured scope in the directory: where the bases are now, and which users are in the groups. */
import { canonicalDn, canonicalRdns, isWithin, parentOf } from "../../../shared/dn.ts";
import { AppError } from "../../../shared/errors.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { DirectoryConfig } from "../../config.ts";
import type { DialectName } from "../directory.ts";
import type { EntryIds } from "../entries/entry-id.ts";
import type { IsGuarded } from "../entries/entry-reader.ts";
import { membershipFilter } from "../groups/active-directory-groups.ts";
import { type GroupMembers, joinStamps, readGroupMembers } from "../groups/group-members.ts";
import {
  describeProblems,
  type NamedObject,
  type NamedObjects,
  type NameProblem,
  type NamingKey,
} from "../groups/named-objects.ts";
import { groupsInFilter, replaceGroups } from "../ldap/filter-groups.ts";
import { allOf, ANY_ENTRY, equals, type Filter, parseAdminFilter } from "../ldap/filters.ts";
import { guidDn } from "../ldap/guid.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";

export interface ScopeBase {
  /** The DN as configured, which `DirectoryEntry.base` repeats. */
  readonly configured: string;
  /** Where it is now, which differs after the OU was renamed or moved. */
  readonly dn: string;
  /** Its own id, 32 hex digits. */
  readonly id: string;
}

export interface ResolvedScope {
  /** All configured bases. */
  readonly bases: readonly ScopeBase[];
  /** The bases to search: those not inside another one. */
  readonly roots: readonly ScopeBase[];
  /** Matches users. On Active Directory, group membership is part of it. */
  readonly filter: Filter;
  /** Changes whenever a group of the scope, or one nested in it, changes; "" without groups. */
  readonly groupStamp: string;
  /**
   * Returns the most specific base that this DN is under, as configured; null when it is under none, or not in the
   * groups.
   */
  baseOf(dn: string): string | null;
}

/** A scope for a sync, which also marks protected accounts. Its `groupStamp` covers the protected groups. */
export interface SyncScope extends ResolvedScope {
  readonly isGuarded: IsGuarded;
}

const MAX_REMEMBERED_PARENTS = 10_000;

/** Ids of the bases by configured DN, as the cursor has them. */
export type BaseIds = Readonly<Record<string, string>>;

export interface ScopeOptions {
  readonly config: Pick<DirectoryConfig, "bases" | "filter" | "groups">;
  readonly dialect: DialectName;
  readonly ids: EntryIds;
  readonly names: NamedObjects;
  readonly log: Logger;
}

/**
 * Looks up the scope. `known`: ids of the bases from the last run, by which a renamed or moved OU is found again; otherwise all
 * its users would count as deleted. Throws SCOPE_BASE_MISSING for a base that does not exist, SCOPE_GROUP_UNUSABLE for a group
 * whose members cannot be told: without it the scope would be empty, or too large.
 */
export async function resolveScope(
  options: ScopeOptions,
  session: LdapSession,
  known: BaseIds,
): Promise<ResolvedScope> {
  const { config, dialect } = options;
  const bases: ScopeBase[] = [];
  for (const { dn } of config.bases) bases.push(await resolveBase(options, session, dn, known[dn] ?? null));
  const place = placeWithin(bases);
  const roots = bases.filter(
    (base) => !bases.some((other) => other !== base && contains(other, base, bases)),
  );
  const { groups, filterGroups, problems } = await findScopeGroups(options, session);
  if (problems.length > 0) throw unusable(problems);
  const dnNow = new Map(filterGroups.map(({ configured, dn }) => [configured, dn]));
  const users =
    config.filter === undefined
      ? personFilter(dialect)
      : replaceGroups(parseAdminFilter(config.filter), (dn) => dnNow.get(dn) ?? dn);
  const all = [...groups, ...filterGroups];
  if (all.length === 0) return { bases, roots, filter: users, groupStamp: "", baseOf: place };

  if (dialect === "active-directory") {
    const { stamp } = await membershipFilter(session, all);
    const filter =
      groups.length === 0 ? users : allOf([users, (await membershipFilter(session, groups)).filter]);
    return { bases, roots, filter, groupStamp: stamp, baseOf: place };
  }
  const places = roots.map(({ dn }) => dn);
  const read = (some: readonly NamedObject[], key: NamingKey): Promise<GroupMembers> =>
    readGroupMembers(session, some, { dialect, places, key });
  const scoped = await read(groups, "directory.groups");
  const filtered = await read(filterGroups, "directory.filter");
  if (scoped.problems.length > 0) throw unusable(scoped.problems);
  return {
    bases,
    roots,
    filter: users,
    groupStamp: joinStamps([scoped.stamp, filtered.stamp]),
    baseOf: (dn) => (groups.length === 0 || scoped.members.has(canonicalDn(dn)) ? place(dn) : null),
  };
}

/** Finds the groups of directory.groups, and those that directory.filter names, whose members no feed watches. */
export async function findScopeGroups(
  { config, dialect, names }: Pick<ScopeOptions, "config" | "dialect" | "names">,
  session: LdapSession,
): Promise<{
  readonly groups: readonly NamedObject[];
  readonly filterGroups: readonly NamedObject[];
  readonly problems: readonly NameProblem[];
}> {
  const inFilter = config.filter === undefined ? [] : groupsInFilter(parseAdminFilter(config.filter));
  const groups = await names.resolve(session, dialect, "directory.groups", config.groups, ["group"]);
  const filter = await names.resolve(session, dialect, "directory.filter", inFilter, ["group"]);
  return {
    groups: groups.objects,
    filterGroups: filter.objects,
    problems: [...groups.problems, ...filter.problems],
  };
}

const unusable = (problems: readonly NameProblem[]): AppError =>
  new AppError("SCOPE_GROUP_UNUSABLE", describeProblems(problems), {
    details: { problems: problems.slice(0, 10).map(({ key, name, what }) => ({ key, name, what })) },
  });

/** Matches every user where the configuration names no filter. */
function personFilter(dialect: DialectName): Filter {
  return dialect === "active-directory"
    ? allOf([equals("objectCategory", "person"), equals("objectClass", "user")])
    : equals("objectClass", "person");
}

export const baseIdsOf = (scope: ResolvedScope): BaseIds =>
  Object.fromEntries(scope.bases.map(({ configured, id }) => [configured, id]));

async function resolveBase(
  { ids, dialect, log }: ScopeOptions,
  session: LdapSession,
  configured: string,
  knownId: string | null,
): Promise<ScopeBase> {
  const lookUp = async (base: string): Promise<ScopeBase | null> => {
    const [entry] = await session.search({
      base,
      scope: "base",
      filter: ANY_ENTRY,
      attributes: [ids.attribute],
    });
    // A base without an id cannot be found again after it is renamed, but can be used like any other.
    return entry === undefined ? null : { configured, dn: entry.dn, id: ids.idOf(entry) ?? "" };
  };
  const there = await lookUp(configured);
  if (there !== null) return there;
  const moved = knownId === null || knownId === "" ? null : await findMoved(knownId);
  if (moved === null)
    throw new AppError("SCOPE_BASE_MISSING", `The base ${configured} is not in the directory.`, {
      details: { base: configured },
    });
  log.warn("directory.base.moved", { base: configured, now: moved.dn });
  return moved;

  async function findMoved(id: string): Promise<ScopeBase | null> {
    if (dialect === "active-directory") return lookUp(guidDn(id));
    for (const context of session.rootDse.namingContexts) {
      const [entry] = await session.search({
        base: context,
        scope: "sub",
        filter: ids.filterOf(id),
        attributes: [ids.attribute],
      });
      if (entry !== undefined) return { configured, dn: entry.dn, id };
    }
    return null;
  }
}

/** Tells whether one base contains the other. If both are the same entry, the first contains the second. */
const contains = (outer: ScopeBase, inner: ScopeBase, bases: readonly ScopeBase[]): boolean =>
  isWithin(inner.dn, outer.dn) &&
  (canonicalDn(inner.dn) !== canonicalDn(outer.dn) || bases.indexOf(outer) < bases.indexOf(inner));

/** Remembers the answer for each parent: nearly all entries share a few parents, the OUs. */
function placeWithin(bases: readonly ScopeBase[]): (dn: string) => string | null {
  const byDepth = [...bases].sort((a, b) => canonicalRdns(b.dn).length - canonicalRdns(a.dn).length);
  const lookUp = (dn: string): string | null =>
    byDepth.find((base) => isWithin(dn, base.dn))?.configured ?? null;
  const ofParent = new Map<string, string | null>();
  return (dn) => {
    const parent = parentOf(dn);
    let base = ofParent.get(parent);
    if (base === undefined) {
      base = lookUp(parent);
      if (ofParent.size < MAX_REMEMBERED_PARENTS) ofParent.set(parent, base);
    }
    return base ?? lookUp(dn); // the entry may be a base itself
  };
}
