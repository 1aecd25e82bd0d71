import type { Logger } from "../../../shared/logger.ts";
import type { DirectoryEntry, FeedEvent, FeedName } from "../directory.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSessions } from "../ldap/ldap-session.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";
import type { ResolvedScope } from "./scope.ts";

/** The dependencies and the starting point of one run of a feed. */
export interface FeedRun {
  /** A connection for this run alone. The caller closes it. */
  readonly stream: LdapStream;
  /**
   * For small reads beside the stream. After a failover they may come from another server, so positions are read from
   * `stream`.
   */
  readonly sessions: LdapSessions;
  readonly scope: ResolvedScope;
  /** The attributes to ask for, the id attribute included. */
  readonly attributes: readonly string[];
  readonly pageSize: number;
  /**
   * Where the last run ended, as given to `toCursor`; null: read everything. Checked to belong to this feed, server and
   * query.
   */
  readonly position: unknown;
  /** Tells the start event why everything is read although a delta was asked for. */
  readonly reason: string | null;
  /** Wraps a position (plain JSON) into the cursor that the cloud stores. */
  toCursor(position: unknown): string;
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
  readonly log: Logger;
}

/** A way of finding changes. Yields the whole FeedEvent sequence, `start` to `complete`. */
export interface Feed {
  readonly name: FeedName;
  /**
   * Returns null when the server offers the feed to this account, otherwise the reason (for doctor and the log). Makes
   * one or two small requests.
   */
  unavailable(stream: LdapStream, scope: ResolvedScope): Promise<string | null>;
  /** Names what a position is valid for, such as a DC's invocationId; "" when it is valid on every server. */
  identity(stream: LdapStream): Promise<string>;
  changes(run: FeedRun): AsyncGenerator<FeedEvent>;
}
