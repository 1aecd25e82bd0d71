/** Puts a directory together: connections, scope, feeds, passwords, checks. Makes no contact; the first use does. */
import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/logger.ts";
import type { AttributeMapping, DirectoryConfig } from "../config.ts";
import { createChecks } from "./checks/checks.ts";
import type { DialectName, Directory, FeedName } from "./directory.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { dialectOf } from "./entries/dialects.ts";
import type { EntryIds } from "./entries/entry-id.ts";
import { createEntryReader, type EntryReader } from "./entries/entry-reader.ts";
import { dirSyncFeed } from "./feeds/dirsync-feed.ts";
import { createEntryCsnFeed } from "./feeds/entrycsn-feed.ts";
import type { Feed } from "./feeds/feed.ts";
import { findUsers } from "./feeds/find-users.ts";
import { createModifyTimestampFeed } from "./feeds/modifytimestamp-feed.ts";
import { runFeed } from "./feeds/run-feed.ts";
import { type BaseIds, baseIdsOf, type ResolvedScope, resolveScope } from "./feeds/scope.ts";
import { createSyncreplFeed } from "./feeds/syncrepl-feed.ts";
import { usnFeed } from "./feeds/usn-feed.ts";
import { parseAdminFilter } from "./ldap/filters.ts";
import type { LdapSession } from "./ldap/ldap-session.ts";
import type { RootDse } from "./ldap/root-dse.ts";
import { SessionPool } from "./ldap/session-pool.ts";
import { createPasswords } from "./passwords/passwords.ts";

/** How long a looked-up scope serves account lookups, milliseconds. Feeds and `find` always look anew. */
const SCOPE_LIFETIME_MS = 30_000;

/** What `feed: auto` tries, best first. */
const FEEDS_OF: Readonly<Record<DialectName, readonly FeedName[]>> = {
  "active-directory": ["dirsync", "usn"],
  openldap: ["syncrepl", "entrycsn", "modifytimestamp"],
  generic: ["modifytimestamp"],
};

export interface DirectoryOptions {
  readonly config: DirectoryConfig;
  readonly attributes: AttributeMapping;
  /** DNs of groups whose members count as privileged. */
  readonly protectedGroups: readonly string[];
  readonly log: Logger;
  readonly clock: Clock;
}

/** Throws CONFIG_INVALID for a filter that is none. The directory itself may be down. */
export function createDirectory(options: DirectoryOptions): Promise<Directory> {
  return Promise.resolve().then(() => buildDirectory(options));
}

function buildDirectory(options: DirectoryOptions): Directory {
  const { config, attributes, protectedGroups, log, clock } = options;
  if (config.filter !== undefined) parseAdminFilter(config.filter);
  const sessions = new SessionPool({ config, log, clock });
  let dialect: DialectName | null = config.dialect === "auto" ? null : config.dialect;
  let knownBases: BaseIds = {};
  let recentScope: { readonly scope: ResolvedScope; readonly at: number } | null = null;

  const learnDialect = (rootDse: RootDse): DialectName => {
    if (dialect === null) {
      dialect = dialectOf(rootDse);
      log.info("directory.dialect.found", { dialect, vendor: rootDse.vendor });
    }
    return dialect;
  };
  const readers = new Map<DialectName, EntryReader>();
  const entriesOf = (name: DialectName): EntryReader => {
    let reader = readers.get(name);
    if (reader === undefined) {
      reader = createEntryReader({ dialect: name, config, attributes, protectedGroups });
      readers.set(name, reader);
    }
    return reader;
  };

  const lookUpScope = async (
    read: LdapSession["search"],
    rootDse: RootDse,
    known: BaseIds,
  ): Promise<ResolvedScope> => {
    const name = learnDialect(rootDse);
    const scope = await resolveScope(
      { config, dialect: name, ids: entriesOf(name).ids, log },
      read,
      rootDse,
      {
        ...knownBases,
        ...known,
      },
    );
    knownBases = baseIdsOf(scope);
    recentScope = { scope, at: clock.monotonicMs() };
    return scope;
  };
  const scopeNow = (session: LdapSession): Promise<ResolvedScope> =>
    lookUpScope((request, maxEntries) => session.search(request, maxEntries), session.rootDse, {});
  const scopeOfLate = async (session: LdapSession): Promise<ResolvedScope> =>
    recentScope !== null && clock.monotonicMs() - recentScope.at < SCOPE_LIFETIME_MS
      ? recentScope.scope
      : scopeNow(session);

  const makeFeed = (name: FeedName, ids: EntryIds): Feed => {
    switch (name) {
      case "dirsync":
        return dirSyncFeed;
      case "usn":
        return usnFeed;
      case "syncrepl":
        return createSyncreplFeed(ids);
      case "entrycsn":
        return createEntryCsnFeed(ids);
      case "modifytimestamp":
        return createModifyTimestampFeed(ids, clock);
    }
  };
  const feedsOf = (name: DialectName): Feed[] =>
    (config.feed === "auto" ? FEEDS_OF[name] : [config.feed]).map((feed) =>
      makeFeed(feed, entriesOf(name).ids),
    );

  const context: DirectoryContext = {
    config,
    sessions,
    log,
    clock,
    dialectOf: learnDialect,
    entries: entriesOf,
    scope: scopeOfLate,
    feeds: feedsOf,
  };
  const passwords = createPasswords(context);
  const checks = createChecks(context, passwords, () => dialect);

  return {
    get dialect() {
      return dialect ?? "generic";
    },
    get server() {
      return sessions.server;
    },

    async *changes(cursor, signal) {
      const stream = await sessions.open("read");
      try {
        const name = learnDialect(stream.rootDse);
        const scope = (known: BaseIds): Promise<ResolvedScope> =>
          lookUpScope((request, maxEntries) => stream.read(request, maxEntries), stream.rootDse, known);
        const parts = { feeds: feedsOf(name), entries: entriesOf(name) };
        yield* runFeed({ config, stream, sessions, scope, log, ...parts }, cursor, signal);
      } finally {
        stream.close();
      }
    },

    find(nameOrId, signal) {
      return sessions.use("read", async (session) => {
        signal.throwIfAborted();
        const name = learnDialect(session.rootDse);
        return findUsers(session, await scopeNow(session), entriesOf(name), nameOrId);
      });
    },

    ...passwords,
    ...checks,
    close: () => sessions.close(),
  };
}
