import type { Logger } from "../../../shared/logger.ts";
import type { FeedEvent, FeedName } from "../directory.ts";
import type { LdapSessions } from "../ldap/ldap-session.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";
import type { ScopeReader } from "./read-scope.ts";
import type { ResolvedScope } from "./scope.ts";

/** The dependencies and the starting point of one run of a feed. */
export interface FeedRun extends ScopeReader {
  /**
   * For small reads beside the stream. After a failover they may come from another server, so positions are read from
   * `stream`.
   */
  readonly sessions: LdapSessions;
  /**
   * Where the last run ended, as given to `toCursor`; null: read everything. Checked to belong to this feed, server and
   * query.
   */
  readonly position: unknown;
  /** Tells the start event why everything is read although a delta was asked for. */
  readonly reason: string | null;
  /** Wraps a position (plain JSON) into the cursor that the cloud stores. */
  toCursor(position: unknown): string;
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
