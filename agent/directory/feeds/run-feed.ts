/** Runs the best feed that the server allows, starting at the position in the cursor. */
import { createHash } from "node:crypto";
import { AppError } from "../../../shared/errors.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { DirectoryConfig } from "../../config.ts";
import type { DirectoryEntry, FeedEvent } from "../directory.ts";
import type { EntryReader } from "../entries/entry-reader.ts";
import type { LdapSessions } from "../ldap/ldap-session.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";
import { type Cursor, parseCursor, serializeCursor, whyFull } from "./cursor.ts";
import type { Feed } from "./feed.ts";
import { oneTruth } from "./one-truth.ts";
import { readUsers, type ScopeReader } from "./read-scope.ts";
import { type BaseIds, baseIdsOf, type ResolvedScope, type SyncScope } from "./scope.ts";

export interface FeedOptions {
  readonly config: Pick<DirectoryConfig, "bases" | "filter" | "groups" | "pageSize">;
  /** The feeds in order of preference. */
  readonly feeds: readonly Feed[];
  readonly stream: LdapStream;
  readonly sessions: LdapSessions;
  readonly entries: EntryReader;
  scope(known: BaseIds): Promise<SyncScope>;
  readonly log: Logger;
}

export async function* runFeed(
  options: FeedOptions,
  cursorText: string | null,
  signal: AbortSignal,
): AsyncGenerator<FeedEvent> {
  const { stream, log } = options;
  const cursor = cursorText === null ? null : parseCursor(cursorText);
  const scope = await options.scope(cursor?.bases ?? {});
  const feed = await chooseFeed(options, scope);
  const place = {
    version: 1,
    feed: feed.name,
    server: await feed.identity(stream),
    query: queryOf(options),
    bases: baseIdsOf(scope),
    groups: scope.groupStamp,
  } as const satisfies Omit<Cursor, "position">;
  const reason = cursorText === null ? null : cursor === null ? "cursor_unreadable" : whyFull(cursor, place);

  const reader = readerOf(options, scope, signal);
  const events = feed.changes({
    ...reader,
    sessions: options.sessions,
    position: cursor === null || reason !== null ? null : cursor.position,
    reason,
    toCursor: (position) => serializeCursor({ ...place, position }),
    log,
  });
  yield* oneTruth(reader, events);
}

/** Gives the users in scope that have these ids. */
export async function* readUsersOf(
  options: FeedOptions,
  ids: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<DirectoryEntry> {
  yield* readUsers(readerOf(options, await options.scope({}), signal), ids);
}

function readerOf(
  { stream, entries, config }: FeedOptions,
  scope: SyncScope,
  signal: AbortSignal,
): ScopeReader {
  return {
    stream,
    scope,
    ids: entries.ids,
    attributes: entries.attributes,
    pageSize: config.pageSize,
    toEntry(raw, knownId) {
      const base = scope.baseOf(raw.dn);
      return base === null ? null : entries.toEntry(raw, base, scope.isGuarded, knownId);
    },
    idInScope: (raw) => (scope.baseOf(raw.dn) === null ? null : entries.ids.idOf(raw)),
    signal,
  };
}

async function chooseFeed({ feeds, stream, log }: FeedOptions, scope: ResolvedScope): Promise<Feed> {
  const refused: Record<string, string> = {};
  for (const feed of feeds) {
    const why = await feed.unavailable(stream, scope);
    if (why === null) {
      log.debug("directory.feed.selected", { feed: feed.name, refused });
      return feed;
    }
    refused[feed.name] = why;
  }
  const sentences = Object.entries(refused).map(([name, why]) => `${name}: ${why}`);
  throw new AppError(
    "DIRECTORY_UNSUPPORTED",
    `${stream.server} offers no way to find changes (${sentences.join("; ")}).`,
    { details: { refused } },
  );
}

function queryOf({ config, entries: { attributes, ids } }: FeedOptions): string {
  const query = {
    bases: config.bases.map(({ dn }) => dn),
    filter: config.filter ?? null,
    groups: config.groups,
    attributes,
    id: ids.attribute,
  };
  return createHash("sha256").update(JSON.stringify(query)).digest("hex").slice(0, 32);
}
