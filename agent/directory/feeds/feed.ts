import type { Logger } from "../../../shared/logger.ts";
import type { DirectoryEntry, FeedEvent, FeedName } from "../directory.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSessions } from "../ldap/ldap-session.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";
import type { ResolvedScope } from "./scope.ts";

/** One run of a feed: everything it may use, and where it starts. */
export interface FeedRun {
  /** The feed's own connection for this run; whoever made the run closes it. */
  readonly stream: LdapStream;
  /** For small reads beside it; may answer from another server after a failover, so positions are read from `stream`. */
  readonly sessions: LdapSessions;
  readonly scope: ResolvedScope;
  /** What to ask for; the id attribute is among them. */
  readonly attributes: readonly string[];
  readonly pageSize: number;
  /** Where the last run ended, as given to `toCursor`; null: everything. It belongs to this feed, server and query already. */
  readonly position: unknown;
  /** For the start event: why everything, though a delta was asked for. */
  readonly reason: string | null;
  /** Wraps a position (plain JSON) into the cursor the cloud keeps. */
  toCursor(position: unknown): string;
  /** Null when the entry is not in scope: under no base, or in none of the groups. `knownId`: as `EntryReader.toEntry`. */
  toEntry(raw: DirectoryEntryRaw, knownId?: string): DirectoryEntry | null;
  /** The id of an entry in scope; null when it has none or is not in scope. For entries that were asked for their id only. */
  idInScope(raw: DirectoryEntryRaw): string | null;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** A way of finding changes. Yields the whole FeedEvent sequence, `start` to `complete`. */
export interface Feed {
  readonly name: FeedName;
  /** Null when this server gives it to this account, otherwise why not (for doctor and log). One or two small requests. */
  unavailable(stream: LdapStream, scope: ResolvedScope): Promise<string | null>;
  /** Positions are good for one identity only (e.g. a DC's invocationId); "" when they are good everywhere. */
  identity(stream: LdapStream): Promise<string>;
  changes(run: FeedRun): AsyncGenerator<FeedEvent>;
}
