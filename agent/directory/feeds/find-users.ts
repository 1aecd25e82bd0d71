import type { DirectoryEntry } from "../directory.ts";
import type { EntryReader, IsGuarded } from "../entries/entry-reader.ts";
import { storedName } from "../entries/login-names.ts";
import { allOf, anyOf, equals } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import type { ResolvedScope } from "./scope.ts";

const MAX_FOUND = 10;
const MAX_NAME_LENGTH = 256;

/**
 * Finds users in scope by id or by any of their names, at most 10. `guarded`: called only when there is one, because it reads
 * the members of all protected groups.
 */
export async function findUsers(
  session: LdapSession,
  scope: ResolvedScope,
  entries: EntryReader,
  nameOrId: string,
  guarded: () => Promise<IsGuarded>,
): Promise<DirectoryEntry[]> {
  if (nameOrId === "" || nameOrId.length > MAX_NAME_LENGTH) return [];
  const id = nameOrId.replaceAll("-", "").toLowerCase();
  const hasNameOrId = anyOf([
    ...entries.nameAttributes.map((name) => equals(name, storedName(name, nameOrId))),
    ...(/^[0-9a-f]{32}$/.test(id) ? [entries.ids.filterOf(id)] : []),
  ]);
  const filter = allOf([scope.filter, hasNameOrId]);
  const found: { readonly raw: DirectoryEntryRaw; readonly base: string }[] = [];
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
  if (found.length === 0) return [];
  const isGuarded = await guarded();
  return found.map(({ raw, base }) => entries.toEntry(raw, base, isGuarded));
}
