import type { Clock } from "../../shared/clock.ts";
import { isDn } from "../../shared/dn.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Secret } from "../../shared/secret.ts";
import type { StatedDirectory } from "../../shared/source.ts";
import type { Verdict } from "../../shared/writeback.ts";
import type { AttributeMapping, DirectoryConfig } from "../config.ts";
import { createChecks } from "./checks/checks.ts";
import {
  type ChangeNotice,
  type Check,
  type DialectName,
  type Directory,
  type DirectoryEntry,
  type FeedEvent,
  type FeedName,
  forgetfulMemory,
  type NameMemory,
  type PasswordOrder,
} from "./directory.ts";
import type { CheckPart, DirectoryContext, PasswordPart } from "./directory-context.ts";
import { dialectOf } from "./entries/dialects.ts";
import { createEntryReader, type EntryReader, type IsGuarded } from "./entries/entry-reader.ts";
import { describeUnknown, unknownAttributes } from "./entries/known-attributes.ts";
import { createChangelogFeed } from "./feeds/changelog-feed.ts";
import { dirSyncFeed } from "./feeds/dirsync-feed.ts";
import { entryCsnFeed } from "./feeds/entrycsn-feed.ts";
import type { Feed } from "./feeds/feed.ts";
import { findUsers } from "./feeds/find-users.ts";
import { createModifyTimestampFeed } from "./feeds/modifytimestamp-feed.ts";
import { watchChanges } from "./feeds/notifications.ts";
import { type FeedOptions, readUsersOf, runFeed } from "./feeds/run-feed.ts";
import { type BaseIds, baseIdsOf, type ResolvedScope, resolveScope, type SyncScope } from "./feeds/scope.ts";
import { createSyncreplFeed } from "./feeds/syncrepl-feed.ts";
import { usnFeed } from "./feeds/usn-feed.ts";
import { joinStamps } from "./groups/group-members.ts";
import { isUsableGroup, NamedObjects } from "./groups/named-objects.ts";
import { findGuarded } from "./groups/protection.ts";
import { ProtectionLookUp } from "./groups/protection-look-up.ts";
import { groupsInFilter, unwatchableInFilter } from "./ldap/filter-groups.ts";
import { ANY_ENTRY, parseAdminFilter } from "./ldap/filters.ts";
import type { LdapSession } from "./ldap/ldap-session.ts";
import type { RootDse } from "./ldap/root-dse.ts";
import type { Schema } from "./ldap/schema.ts";
import { SessionPool } from "./ldap/session-pool.ts";
import { createPasswords } from "./passwords/passwords.ts";

/** Time for which account look-ups reuse a scope, milliseconds. Feeds and `find` always read it again. */
const SCOPE_LIFETIME_MS = 30_000;

/** The feeds that `feed: auto` tries, best first. */
const FEEDS_OF: Readonly<Record<DialectName, readonly FeedName[]>> = {
  "active-directory": ["dirsync", "usn"],
  openldap: ["syncrepl", "entrycsn", "modifytimestamp"],
  "389-ds": ["changelog", "modifytimestamp"],
  generic: ["modifytimestamp"],
};

export interface DirectoryDeps {
  readonly config: DirectoryConfig;
  readonly attributes: AttributeMapping;
  /** DNs of groups whose members count as privileged. */
  readonly protectedGroups: readonly string[];
  /** Login names, and DNs of users and groups, that are never written to. */
  readonly deny: readonly string[];
  /** Keeps the ids of configured groups over a restart. Left out: for the life of this object only. */
  readonly memory?: NameMemory;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Makes no contact: the first use does. Throws CONFIG_INVALID for a filter that is not an LDAP filter. */
export function createDirectory(deps: DirectoryDeps): Promise<Directory> {
  return Promise.resolve().then(() => new LdapDirectory(deps));
}

/**
 * Puts together connections, scope, feeds, passwords and checks. It learns while it runs:
 *
 *     the dialect    unknown ──── the first rootDSE (`dialect: auto`) ────► known, for good
 *     the scope      none ──── looked up ────► fresh ──── 30 s ────► stale, until it is looked up again
 *
 * Ids of the bases are remembered from the last scope, so that a base is found again after it was renamed or moved.
 */
class LdapDirectory implements Directory {
  readonly #deps: DirectoryDeps;
  readonly #sessions: SessionPool;
  readonly #names: NamedObjects;
  readonly #protection: ProtectionLookUp;
  #reader: {
    readonly dialect: DialectName;
    readonly schema: Schema | null;
    readonly entries: EntryReader;
  } | null = null;
  readonly #passwords: PasswordPart;
  readonly #checks: CheckPart;
  /** Null while it is unknown. */
  #dialect: DialectName | null;
  #knownBases: BaseIds = {};
  #recentScope: { readonly scope: ResolvedScope; readonly at: number } | null = null;

  constructor(deps: DirectoryDeps) {
    const { config, log, clock, protectedGroups, deny, memory = forgetfulMemory() } = deps;
    const filter = config.filter === undefined ? null : parseAdminFilter(config.filter);
    const unwatchable = filter === null ? [] : unwatchableInFilter(filter);
    if (unwatchable.length > 0) log.warn("directory.filter.unwatchable", { attributes: unwatchable });
    this.#deps = deps;
    this.#dialect = config.dialect === "auto" ? null : config.dialect;
    this.#sessions = new SessionPool({ config, log, clock });
    const groupsInIt = filter === null ? [] : groupsInFilter(filter);
    this.#names = new NamedObjects({
      memory,
      log,
      configured: [...config.groups, ...groupsInIt, ...protectedGroups, ...deny.filter(isDn)],
    });
    this.#protection = new ProtectionLookUp({
      config,
      protectedGroups,
      deny,
      names: this.#names,
      sessions: this.#sessions,
      clock,
      dialectOf: (rootDse) => this.#dialectOf(rootDse),
      idsOf: (dialect) => this.#entries(dialect).ids,
    });
    const context: DirectoryContext = {
      config,
      deny,
      protectedGroups,
      names: this.#names,
      protection: (account, session) => this.#protection.recent(account, session),
      sessions: this.#sessions,
      log,
      clock,
      dialectOf: (rootDse) => this.#dialectOf(rootDse),
      entries: (dialect) => this.#entries(dialect),
      scope: (session) => this.#recentScopeOf(session),
      syncScope: (session) => this.#syncScope(session, {}),
      feeds: (dialect) => this.#feeds(dialect),
    };
    this.#passwords = createPasswords(context);
    this.#checks = createChecks(context, this.#passwords, deps.attributes, () => this.#dialect);
  }

  get dialect(): DialectName {
    return this.#dialect ?? "generic";
  }

  get server(): string | null {
    return this.#sessions.server;
  }

  async *changes(cursor: string | null, signal: AbortSignal): AsyncGenerator<FeedEvent> {
    yield* this.#onStream((options) => runFeed(options, cursor, signal));
  }

  async watch(onNotice: (notice: ChangeNotice) => void, signal: AbortSignal): Promise<never> {
    const stream = await this.#sessions.open("read");
    try {
      const scope = await this.#sessions.use("read", (session) => this.#recentScopeOf(session));
      return await watchChanges({ stream, scope, clock: this.#deps.clock }, onNotice, signal);
    } finally {
      stream.close();
    }
  }

  async *readUsers(ids: readonly string[], signal: AbortSignal): AsyncGenerator<DirectoryEntry> {
    yield* this.#onStream((options) => readUsersOf(options, ids, signal));
  }

  stated(): Promise<StatedDirectory> {
    const { config } = this.#deps;
    return this.#sessions.use("read", async (session) => {
      const { ids } = this.#entries(this.#dialectOf(session.rootDse));
      const bases = [];
      for (const { dn } of config.bases) {
        const request = { base: dn, scope: "base", filter: ANY_ENTRY, attributes: [ids.attribute] } as const;
        const [entry] = await session.search(request);
        bases.push({ dn, id: entry === undefined ? null : ids.idOf(entry) });
      }
      const { identity } = this.#sessions;
      if (identity === null) throw new Error("a connection is made only after its directory is identified");
      return { identity, scope: { bases, filter: config.filter ?? null, groups: [...config.groups] } };
    });
  }

  find(nameOrId: string, signal: AbortSignal): Promise<DirectoryEntry[]> {
    return this.#sessions.use("read", async (session) => {
      signal.throwIfAborted();
      this.#checkAttributes();
      const dialect = this.#dialectOf(session.rootDse);
      const scope = await this.#lookUpScope(session, {});
      const protection = await this.#protection.now("read", session);
      const guarded = async (): Promise<IsGuarded> =>
        (await findGuarded(session, dialect, protection)).isGuarded;
      return findUsers(session, scope, this.#entries(dialect), nameOrId, guarded);
    });
  }

  missingGroups(dns: readonly string[]): Promise<readonly string[]> {
    if (dns.length === 0) return Promise.resolve([]);
    // With the account that reads the groups of a user. Nothing is kept: the members of a group that was renamed a moment ago
    // would pass for members of none.
    return this.#sessions.use("write", async (session) => {
      const dialect = this.#dialectOf(session.rootDse);
      const areThere = await Promise.all(dns.map((dn) => isUsableGroup(session, dialect, dn)));
      return dns.filter((_, index) => areThere[index] === false);
    });
  }

  account(userId: string): ReturnType<Directory["account"]> {
    return this.#passwords.account(userId);
  }
  look(userId: string): ReturnType<Directory["look"]> {
    return this.#passwords.look(userId);
  }
  applyPassword(order: PasswordOrder, onSend: () => Promise<void>): Promise<Verdict> {
    return this.#passwords.applyPassword(order, onSend);
  }
  checkSignIn(userId: string, password: Secret): ReturnType<Directory["checkSignIn"]> {
    return this.#passwords.checkSignIn(userId, password);
  }
  lockout(userId: string): ReturnType<Directory["lockout"]> {
    return this.#passwords.lockout(userId);
  }
  check(userName: string | null): AsyncIterable<Check> {
    return this.#checks.check(userName);
  }
  permissionCommands(): string[] {
    return this.#checks.permissionCommands();
  }

  async close(): Promise<void> {
    await this.#sessions.close();
    await this.#names.saved();
  }

  /** Lends a connection to the feeds, until the last item was taken. */
  async *#onStream<T>(read: (options: FeedOptions) => AsyncIterable<T>): AsyncGenerator<T> {
    const { config, log } = this.#deps;
    const sessions = this.#sessions;
    const stream = await sessions.open("read");
    try {
      this.#checkAttributes();
      const dialect = this.#dialectOf(stream.rootDse);
      const scope = (known: BaseIds): Promise<SyncScope> => this.#syncScope(stream.session, known);
      const parts = { feeds: this.#feeds(dialect), entries: this.#entries(dialect) };
      yield* read({ config, stream, sessions, scope, log, ...parts });
    } finally {
      stream.close();
    }
  }

  /** Throws CONFIG_INVALID for a configured attribute that the server does not know: nobody would have a value. */
  #checkAttributes(): void {
    const { config, attributes } = this.#deps;
    const { schema } = this.#sessions;
    const unknown = schema === null ? [] : unknownAttributes(config, attributes, schema);
    if (unknown.length === 0) return;
    this.#sessions.doubtSchema(); // an administrator may add the attribute while the agent runs
    throw new AppError("CONFIG_INVALID", describeUnknown(unknown));
  }

  #dialectOf(rootDse: RootDse): DialectName {
    if (this.#dialect === null) {
      this.#dialect = dialectOf(rootDse);
      this.#deps.log.info("directory.dialect.found", { dialect: this.#dialect, vendor: rootDse.vendor });
    }
    return this.#dialect;
  }

  #entries(dialect: DialectName): EntryReader {
    const { schema } = this.#sessions;
    if (this.#reader?.dialect !== dialect || this.#reader.schema !== schema)
      this.#reader = { dialect, schema, entries: createEntryReader({ ...this.#deps, dialect, schema }) };
    return this.#reader.entries;
  }

  async #lookUpScope(session: LdapSession, known: BaseIds): Promise<ResolvedScope> {
    const { config, log, clock } = this.#deps;
    const dialect = this.#dialectOf(session.rootDse);
    const bases = { ...this.#knownBases, ...known };
    const { ids } = this.#entries(dialect);
    const scope = await resolveScope({ config, dialect, ids, names: this.#names, log }, session, bases);
    this.#knownBases = baseIdsOf(scope);
    this.#recentScope = { scope, at: clock.monotonicMs() };
    return scope;
  }

  async #syncScope(session: LdapSession, known: BaseIds): Promise<SyncScope> {
    const scope = await this.#lookUpScope(session, known);
    const protection = await this.#protection.now("read", session);
    const dialect = this.#dialectOf(session.rootDse);
    const { isGuarded, stamp } = await findGuarded(session, dialect, protection);
    return { ...scope, isGuarded, groupStamp: joinStamps([scope.groupStamp, stamp]) };
  }

  async #recentScopeOf(session: LdapSession): Promise<ResolvedScope> {
    const recent = this.#recentScope;
    const isFresh = recent !== null && this.#deps.clock.monotonicMs() - recent.at < SCOPE_LIFETIME_MS;
    return isFresh ? recent.scope : this.#lookUpScope(session, {});
  }

  #feeds(dialect: DialectName): Feed[] {
    const { config, clock } = this.#deps;
    const { ids } = this.#entries(dialect);
    const make = (name: FeedName): Feed => {
      switch (name) {
        case "dirsync":
          return dirSyncFeed;
        case "usn":
          return usnFeed;
        case "syncrepl":
          return createSyncreplFeed(ids);
        case "entrycsn":
          return entryCsnFeed;
        case "changelog":
          return createChangelogFeed(ids);
        case "modifytimestamp":
          return createModifyTimestampFeed(clock);
      }
    };
    return (config.feed === "auto" ? FEEDS_OF[dialect] : [config.feed]).map(make);
  }
}
