import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/logger.ts";
import type { DirectoryConfig } from "../config.ts";
import type { DialectName, Directory } from "./directory.ts";
import type { EntryReader } from "./entries/entry-reader.ts";
import type { Feed } from "./feeds/feed.ts";
import type { ResolvedScope } from "./feeds/scope.ts";
import type { LdapSession, LdapSessions } from "./ldap/ldap-session.ts";
import type { RootDse } from "./ldap/root-dse.ts";

/** What the parts of a directory (passwords, account state, checks) are made from. */
export interface DirectoryContext {
  readonly config: DirectoryConfig;
  readonly sessions: LdapSessions;
  readonly log: Logger;
  readonly clock: Clock;
  dialectOf(rootDse: RootDse): DialectName;
  /** What the dialect's entries mean. */
  entries(dialect: DialectName): EntryReader;
  /** The scope as it is now, looked up over this session. Throws SCOPE_BASE_MISSING. */
  scope(session: LdapSession): Promise<ResolvedScope>;
  /** The feeds this dialect may use, in order of preference: one when configured, else all of the dialect's. */
  feeds(dialect: DialectName): readonly Feed[];
}

/** Made by `createPasswords(context)` in passwords.ts. */
export type PasswordPart = Pick<Directory, "account" | "applyPassword" | "checkSignIn" | "lockout" | "look">;
/** Made by `createChecks(context, passwords)` in checks.ts. */
export type CheckPart = Pick<Directory, "check" | "permissionCommands">;
