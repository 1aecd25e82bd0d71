/** Shared by the feeds of OpenLDAP: noticing that a container was moved, and reading the scope. */
import type { FeedEvent } from "../directory.ts";
import { canonicalRdns, isWithin } from "../ldap/dn.ts";
import { allOf, anyOf, atLeast, equals, type Filter } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { type LdapStream, searchPaged } from "../ldap/ldap-stream.ts";
import type { FeedRun } from "./feed.ts";
import type { ResolvedScope } from "./scope.ts";

const CONTAINER_CLASSES = [
  "organizationalUnit",
  "organization",
  "domain",
  "locality",
  "country",
  "container",
];
const IDS_IN_AN_EVENT = 500;

/** Returns the naming contexts of the bases. */
export function suffixesOf(stream: LdapStream, scope: ResolvedScope): string[] {
  const contexts = [...stream.rootDse.namingContexts].sort(
    (a, b) => canonicalRdns(b).length - canonicalRdns(a).length,
  );
  const found = scope.roots.map(({ dn }) => contexts.find((context) => isWithin(dn, context)) ?? dn);
  return [...new Set(found)];
}

/**
 * Tells whether a container of users was changed after `csn`. A moved or renamed OU changes no entry below it, so no delta names
 * the users that came into scope or left it with the OU.
 */
export async function isContainerChanged(run: FeedRun, csn: string): Promise<boolean> {
  const filter = allOf([
    anyOf(CONTAINER_CLASSES.map((name) => equals("objectClass", name))),
    atLeast("entryCSN", csn),
  ]);
  for (const base of suffixesOf(run.stream, run.scope))
    for (const entry of await run.stream.read(
      { base, scope: "sub", filter, attributes: ["entryCSN"] },
      100_000,
    ))
      if (entry.attributes.get("entrycsn")?.[0]?.toString("latin1") !== csn) return true;
  return false;
}

/** Yields the entries of all bases that are in scope and match `filter`. */
export async function* searchScope(
  run: FeedRun,
  filter: Filter | null,
  attributes: readonly string[],
): AsyncGenerator<DirectoryEntryRaw> {
  const within = filter === null ? run.scope.filter : allOf([run.scope.filter, filter]);
  for (const { dn } of run.scope.roots)
    yield* searchPaged(
      run.stream,
      { base: dn, scope: "sub", filter: within, attributes },
      run.pageSize,
      run.signal,
    );
}

/** Names all users in scope, except those in `except`, which were named already. */
export async function* namePresent(
  run: FeedRun,
  idAttribute: string,
  except: ReadonlySet<string>,
): AsyncGenerator<FeedEvent> {
  let ids: string[] = [];
  for await (const raw of searchScope(run, null, [idAttribute])) {
    const id = run.idInScope(raw);
    if (id === null || except.has(id)) continue;
    ids.push(id);
    if (ids.length === IDS_IN_AN_EVENT) {
      yield { kind: "present", ids };
      ids = [];
    }
  }
  if (ids.length > 0) yield { kind: "present", ids };
}
