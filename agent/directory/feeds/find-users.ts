import { dnsNameOf } from "../../../shared/dn.ts";
import { isUserName, readName, type TypedName } from "../../../shared/user-names.ts";
import type { DirectoryEntry } from "../directory.ts";
import type { EntryReader, IsGuarded } from "../entries/entry-reader.ts";
import { storedName } from "../entries/login-names.ts";
import { allOf, anyOf, equals, type Filter } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import type { RootDse } from "../ldap/root-dse.ts";
import type { ResolvedScope } from "./scope.ts";

const MAX_FOUND = 10;

/**
 * Finds users in scope by id or by any of their names, at most 10; where nobody has the name, by the account name in `DOMAIN\name`
 * and in `name@domain` with the directory's own domain. `guarded`: called only when there is a user, because it reads the members
 * of all protected groups.
 */
export async function findUsers(
  session: LdapSession,
  scope: ResolvedScope,
  entries: EntryReader,
  nameOrId: string,
  guarded: () => Promise<IsGuarded>,
): Promise<DirectoryEntry[]> {
  const typed = readName(nameOrId);
  if (!isUserName(typed)) return [];
  const { text, account } = typed;
  const id = text.replaceAll("-", "").toLowerCase();
  const named = (names: readonly string[]): Filter[] =>
    names.flatMap((name) =>
      entries.nameAttributes.map((attribute) => equals(attribute, storedName(attribute, name))),
    );
  const search = (filters: readonly Filter[]): Promise<Found[]> =>
    searchScope(session, scope, entries, filters);

  const wanted = /^[0-9a-f]{32}$/.test(id) ? [entries.ids.filterOf(id)] : [];
  let found = await search([...named([...new Set([nameOrId.trim(), text])]), ...wanted]);
  if (found.length === 0 && account !== null && isHere(session.rootDse, account))
    found = await search(named([account.key]));
  if (found.length === 0) return [];
  const isGuarded = await guarded();
  return found.map(({ raw, base }) => entries.toEntry(raw, base, isGuarded));
}

interface Found {
  readonly raw: DirectoryEntryRaw;
  readonly base: string;
}

async function searchScope(
  session: LdapSession,
  scope: ResolvedScope,
  entries: EntryReader,
  filters: readonly Filter[],
): Promise<Found[]> {
  const filter = allOf([scope.filter, anyOf([...filters])]);
  const found: Found[] = [];
  for (const { dn } of scope.roots)
    for (const raw of await session.search({
      base: dn,
      scope: "sub",
      filter,
      attributes: entries.attributes,
    })) {
      const base = scope.baseOf(raw.dn);
      if (base !== null && found.length < MAX_FOUND) found.push({ raw, base });
    }
  return found;
}

/** A server has the accounts of one domain. Which one `DOMAIN\name` means is not asked: the agent has one directory. */
const isHere = (
  { defaultNamingContext, namingContexts }: RootDse,
  { domain, place }: NonNullable<TypedName["account"]>,
): boolean =>
  place === "before" ||
  [...(defaultNamingContext === null ? [] : [defaultNamingContext]), ...namingContexts].some(
    (suffix) => dnsNameOf(suffix) === domain,
  );
