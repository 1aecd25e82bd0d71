/** Reads users in scope: all of them, those that match a filter, those with given ids, or the ids alone. */
import type { DirectoryEntry, FeedEvent } from "../directory.ts";
import type { EntryIds } from "../entries/entry-id.ts";
import { allOf, anyOf, type Filter } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { type LdapStream, searchPaged } from "../ldap/ldap-stream.ts";
import type { ResolvedScope, ScopeBase } from "./scope.ts";

/** Everything that reading the scope needs. */
export interface ScopeReader {
  /** A connection for this work alone. The caller closes it. */
  readonly stream: LdapStream;
  readonly scope: ResolvedScope;
  readonly ids: EntryIds;
  /** The attributes to ask for, the id attribute included. */
  readonly attributes: readonly string[];
  readonly pageSize: number;
  /**
   * Returns null for an entry out of scope: under no base, or in none of the groups. `knownId`: as in
   * `EntryReader.toEntry`.
   */
  toEntry(raw: DirectoryEntryRaw, knownId?: string): DirectoryEntry | null;
  /**
   * Returns the id of an entry; null when it has none or is out of scope. For entries read with their id attribute only.
   */
  idInScope(raw: DirectoryEntryRaw): string | null;
  readonly signal: AbortSignal;
}

/** Well below the limits of all servers, and few enough round trips. */
const IDS_IN_A_FILTER = 100;
const IDS_IN_AN_EVENT = 500;

/** Gives the entries below the bases (all searched ones when left out) that match the scope's filter and `filter`. */
export async function* searchScope(
  reader: ScopeReader,
  filter: Filter | null,
  attributes: readonly string[],
  bases: readonly ScopeBase[] = reader.scope.roots,
): AsyncGenerator<DirectoryEntryRaw> {
  const { stream, scope, pageSize, signal } = reader;
  const within = filter === null ? scope.filter : allOf([scope.filter, filter]);
  for (const { dn } of bases)
    yield* searchPaged(stream, { base: dn, scope: "sub", filter: within, attributes }, pageSize, signal);
}

/** Gives the whole entries of all users in scope that match `filter`. */
export async function* readEntries(
  reader: ScopeReader,
  filter: Filter | null,
): AsyncGenerator<DirectoryEntry> {
  for await (const raw of searchScope(reader, filter, reader.attributes)) {
    const entry = reader.toEntry(raw);
    if (entry !== null) yield entry;
  }
}

/** Gives the whole entries of the users in scope that have these ids. */
export async function* readUsers(reader: ScopeReader, ids: Iterable<string>): AsyncGenerator<DirectoryEntry> {
  for (const some of chunks([...ids]))
    yield* readEntries(reader, anyOf(some.map((id) => reader.ids.filterOf(id))));
}

export function* chunks(ids: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < ids.length; at += IDS_IN_A_FILTER) yield ids.slice(at, at + IDS_IN_A_FILTER);
}

/** Names all users below the bases (all searched ones when left out), except those in `except`, which were named already. */
export async function* namePresent(
  reader: ScopeReader,
  except: ReadonlySet<string> = new Set(),
  bases?: readonly ScopeBase[],
): AsyncGenerator<FeedEvent> {
  let ids: string[] = [];
  for await (const raw of searchScope(reader, null, [reader.ids.attribute], bases)) {
    const id = reader.idInScope(raw);
    if (id === null || except.has(id)) continue;
    ids.push(id);
    if (ids.length === IDS_IN_AN_EVENT) {
      yield { kind: "present", ids };
      ids = [];
    }
  }
  if (ids.length > 0) yield { kind: "present", ids };
}
