import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/logger.ts";
import type { DirectoryConfig } from "../config.ts";
import type { DialectName, Directory } from "./directory.ts";
import type { EntryReader } from "./entries/entry-reader.ts";
import type { Feed } from "./feeds/feed.ts";
import type { ResolvedScope, SyncScope } from "./feeds/scope.ts";
import type { NamedObjects } from "./groups/named-objects.ts";
import type { Protection } from "./groups/protection.ts";
import type { Account, LdapSession, LdapSessions } from "./ldap/ldap-session.ts";
import type { RootDse } from "./ldap/root-dse.ts";

/** The dependencies of the rooms above feeds/: passwords and checks. */
export interface DirectoryContext {
  readonly config: DirectoryConfig;
  readonly sessions: LdapSessions;
  readonly log: Logger;
  readonly clock: Clock;
  dialectOf(rootDse: RootDse): DialectName;
  /** Reads the meaning of entries as this dialect has them. */
  entries(dialect: DialectName): EntryReader;
  /** The deny list as configured. */
  readonly deny: readonly string[];
  readonly protectedGroups: readonly string[];
  readonly names: NamedObjects;
  /** Returns the configured groups and denied DNs as this account finds them, looked up at most 30 seconds ago. */
  protection(account: Account, session: LdapSession): Promise<Protection>;
  /** Returns the scope, looked up over this session at most 30 seconds ago. Throws SCOPE_BASE_MISSING. */
  scope(session: LdapSession): Promise<ResolvedScope>;
  /** Looks the scope up as a sync run does, with the members of protected groups. */
  syncScope(session: LdapSession): Promise<SyncScope>;
  /** Returns the feeds that this dialect may use, in order of preference: the configured one, or all of the dialect's. */
  feeds(dialect: DialectName): readonly Feed[];
}

/** The part of `Directory` that passwords.ts makes. */
export type PasswordPart = Pick<Directory, "account" | "applyPassword" | "checkSignIn" | "lockout" | "look">;
/** The part of `Directory` that checks.ts makes. */
export type CheckPart = Pick<Directory, "check" | "permissionCommands">;
