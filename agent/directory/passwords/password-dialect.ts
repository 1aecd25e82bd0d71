import type { PasswordRule, Verdict } from "../../../shared/writeback.ts";
import type { AccountState, Lockout, PasswordOrder, SignIn } from "../directory.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { BindOutcome, LdapSession } from "../ldap/ldap-session.ts";

/** What the groups of an account, the deny list and the agent's own accounts mean for it. account-standing.ts finds it. */
export type Standing = Pick<AccountState, "protected" | "denied" | "protectionUnknown" | "groups">;

/**
 * An account as read by the account that writes. passwords.ts adds its groups and what they mean, which is the same in all
 * dialects, and the scope, which only the reading account may tell.
 */
export type KnownAccount = Omit<AccountState, "inScope" | keyof Standing>;

/** The operations on one account that differ between directories. */
export interface PasswordDialect {
  /** Reads the entry, with every attribute that the other methods use; null when there is no such user. */
  user(session: LdapSession, userId: string): Promise<DirectoryEntryRaw | null>;
  account(
    session: LdapSession,
    userId: string,
    user: DirectoryEntryRaw,
  ): KnownAccount | Promise<KnownAccount>;
  rule(session: LdapSession, user: DirectoryEntryRaw): Promise<PasswordRule>;
  /** Implements `Directory.applyPassword`. The password is neither empty nor too long. */
  apply(session: LdapSession, order: PasswordOrder, onSend: () => Promise<void>): Promise<Verdict>;
  signIn(outcome: BindOutcome): SignIn;
  lockout(session: LdapSession, userId: string): Promise<Lockout | null>;
}
