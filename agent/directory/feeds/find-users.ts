/** Users in scope by what somebody typed. */
import type { DirectoryEntry } from "../directory.ts";
import { allOf, anyOf, equals } from "../ldap/filters.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import type { EntryIds } from "./entry-id.ts";
import { toEntry } from "./run-feed.ts";
import type { ResolvedScope } from "./scope.ts";

const MAX_FOUND = 10;
const MAX_NAME_LENGTH = 256;

/** By id or any of the names, at most 10. */
export async function findUsers(
  session: LdapSession,
  scope: ResolvedScope,
  by: {
    readonly nameOrId: string;
    readonly names: readonly string[];
    readonly ids: EntryIds;
    readonly attributes: readonly string[];
  },
): Promise<DirectoryEntry[]> {
  const { nameOrId, names, ids, attributes } = by;
  if (nameOrId === "" || nameOrId.length > MAX_NAME_LENGTH) return [];
  const id = nameOrId.replaceAll("-", "").toLowerCase();
  const isThisOne = anyOf([
    ...names.map((name) => equals(name, nameOrId)),
    ...(/^[0-9a-f]{32}$/.test(id) ? [ids.filterOf(id)] : []),
  ]);
  const found: DirectoryEntry[] = [];
  for (const { dn } of scope.roots) {
    const filter = allOf([scope.filter, isThisOne]);
    for (const raw of await session.search({ base: dn, scope: "sub", filter, attributes })) {
      const entry = toEntry(raw, scope, ids);
      if (entry !== null && found.length < MAX_FOUND) found.push(entry);
    }
  }
  return found;
}
