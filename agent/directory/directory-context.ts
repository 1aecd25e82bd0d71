import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/logger.ts";
import type { DirectoryConfig } from "../config.ts";
import type { DialectName, Directory } from "./directory.ts";
import type { EntryReader } from "./entries/entry-reader.ts";
import type { Feed } from "./feeds/feed.ts";
import type { ResolvedScope } from "./feeds/scope.ts";
import type { LdapSession, LdapSessions } from "./ldap/ldap-session.ts";
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
  /** Returns the scope, looked up over this session at most 30 seconds ago. Throws SCOPE_BASE_MISSING. */
  scope(session: LdapSession): Promise<ResolvedScope>;
  /** Returns the feeds that this dialect may use, in order of preference: the configured one, or all of the dialect's. */
  feeds(dialect: DialectName): readonly Feed[];
}

/** The part of `Directory` that passwords.ts makes. */
export type PasswordPart = Pick<Directory, "account" | "applyPassword" | "checkSignIn" | "lockout" | "look">;
/** The part of `Directory` that checks.ts makes. */
export type CheckPart = Pick<Directory, "check" | "permissionCommands">;
