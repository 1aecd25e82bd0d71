/** What the agent asks of a directory, whatever its make. The only door to LDAP; everything behind it is this folder's own. */
import type { RejectReason } from "../../shared/protocol/frames.ts";
import type { Secret } from "../../shared/secret.ts";
import type { AccountMark, PasswordRule, Verdict } from "../../shared/writeback.ts";

export const DIALECTS = ["active-directory", "openldap", "generic"] as const;
export type DialectName = (typeof DIALECTS)[number];

export const FEEDS = ["dirsync", "usn", "syncrepl", "entrycsn", "modifytimestamp"] as const;
/** How changes are found; see docs/operations.md for what each needs. */
export type FeedName = (typeof FEEDS)[number];

/** Why an entry cannot be used. */
export interface EntryProblem {
  readonly reason: RejectReason;
  /** The attribute that is missing or unusable; never its value. */
  readonly attribute: string;
}

export interface LoginNames {
  readonly userName: string;
  /** Lowercase, sorted, without the user name. At most 8. */
  readonly aliases: readonly string[];
}

/**
 * Whether an account is enabled. "unreadable": the attribute that says it has a value of no known form. "not_shown": Active
 * Directory gave no such attribute, which every account has, so the agent's account may not read it. Nothing is written to an
 * account in either state.
 */
export type EnabledState = boolean | "unreadable" | "not_shown";

/** A user as the directory has it. Attribute names are lowercase; an attribute without values is absent. */
export interface DirectoryEntry {
  /** 32 lowercase hex digits; null when the entry has no usable id. Then `names` is the problem. */
  readonly id: string | null;
  readonly names: LoginNames | EntryProblem;
  readonly enabled: EnabledState;
  /** Marked as privileged, directly in a protected group, or an account of the agent's own. */
  readonly protected: boolean;
  readonly dn: string;
  /** The configured base it was found under: decides the default phone region. */
  readonly base: string;
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
}

/** What a feed says, in order. A feed that ends without `complete` was cut short: nothing may be concluded from it. */
export type FeedEvent =
  /** First. `full`: everybody in scope follows, and `reason` says why when a delta was asked for. */
  | {
      readonly kind: "start";
      readonly feed: FeedName;
      readonly full: boolean;
      readonly reason: string | null;
    }
  /** In scope; whole, never a difference. */
  | { readonly kind: "entry"; readonly entry: DirectoryEntry }
  /** In scope and unchanged. */
  | { readonly kind: "present"; readonly ids: readonly string[] }
  | { readonly kind: "gone"; readonly id: string; readonly reason: "deleted" | "left_scope" }
  /** All that came so far is covered by this cursor (an intermediate page of a long feed). */
  | { readonly kind: "checkpoint"; readonly cursor: string }
  /** Last. `sweep`: everybody in scope was named by `entry` or `present`, so whoever was not is gone. */
  | { readonly kind: "complete"; readonly cursor: string; readonly sweep: boolean };

export interface AccountState {
  readonly id: string;
  readonly dn: string;
  readonly mark: AccountMark;
  readonly enabled: boolean;
  readonly expired: boolean;
  readonly locked: boolean;
  readonly mustChange: boolean;
  /** adminCount=1, a protected group, or the agent's own accounts. */
  readonly protected: boolean;
  readonly inScope: boolean;
  /** Lowercase login names, for the deny-list and for rules that forbid the name in the password. */
  readonly names: readonly string[];
  readonly displayName: string | null;
  /** DNs of the groups the account is in, nested ones included where the server resolves them. */
  readonly groups: readonly string[];
}

export interface PasswordOrder {
  readonly operation: "reset" | "change" | "unlock";
  readonly userId: string;
  /** Absent for `unlock`. */
  readonly newPassword?: Secret;
  /** Only for `change`. */
  readonly oldPassword?: Secret;
  readonly mustChange: boolean;
  readonly unlock: boolean;
}

export type SignIn =
  | { readonly ok: true; readonly mustChange: boolean }
  | {
      readonly ok: false;
      readonly reason: "wrong" | "locked" | "disabled" | "expired" | "not_found" | "not_permitted";
    };

/** How far wrong passwords are from locking an account. Null: not readable. */
export interface Lockout {
  readonly locked: boolean;
  /** Wrong passwords that the server still counts. */
  readonly failures: number | null;
  /** So many lock the account; 0: nothing does. */
  readonly threshold: number | null;
}

/** The rule of a password where the server shows none of it. */
export const UNREADABLE_RULE: PasswordRule = {
  minLength: null,
  historyLength: null,
  complexity: null,
  minAgeSeconds: null,
  source: null,
};

export type CheckStatus = "pass" | "fail" | "skip";
/** One line of `doctor`. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly detail: string;
  /** What the admin does about a FAIL; null otherwise. */
  readonly action: string | null;
}

export interface Directory {
  readonly dialect: DialectName;
  /** Host name of the server in use; null before the first connection. */
  readonly server: string | null;

  /**
   * The change feed. `cursor` null: everything. A cursor that the server, or a changed configuration, no longer accepts gives a
   * full feed, not an error. Errors: DIRECTORY_*, SCOPE_BASE_MISSING.
   */
  changes(cursor: string | null, signal: AbortSignal): AsyncIterable<FeedEvent>;

  /** Users in scope whose id, user name or alias this is. At most 10. */
  find(nameOrId: string, signal: AbortSignal): Promise<DirectoryEntry[]>;

  /** Null when there is no such user any more. Looks by id, never by a remembered DN. */
  account(userId: string): Promise<AccountState | null>;

  /**
   * The account and the rule for its password, as far as readable; unreadable fine-grained policies give nulls, not the domain's
   * values. Null when there is no such user any more.
   */
  look(userId: string): Promise<{ readonly account: AccountState; readonly rule: PasswordRule } | null>;

  /**
   * Applies the order in ONE modify where the server has one. Resolves with the directory's own verdict. Before anything was
   * sent it throws DIRECTORY_* (safe to retry); when the answer was lost after sending it resolves `unknown`.
   * `onSend` runs, and is waited for, right before the first byte that changes anything is sent.
   */
  applyPassword(order: PasswordOrder, onSend: () => Promise<void>): Promise<Verdict>;

  /**
   * Does this password open the account? A fresh connection of its own, never the service's. Empty passwords are refused here
   * (an empty simple bind "succeeds", RFC 4513 section 5.1.2). A wrong one counts towards the directory's lockout. For a user who
   * is not there a bind is made all the same, so that the time says little.
   */
  checkSignIn(userId: string, password: Secret): Promise<SignIn>;

  /** Null when there is no such user. A server counts by itself: another one may have counted more. */
  lockout(userId: string): Promise<Lockout | null>;

  /** The directory's part of `doctor`, in order; a check whose prerequisite failed is SKIP. `userName`: the test user. */
  check(userName: string | null): AsyncIterable<Check>;

  /** The exact commands that grant what the configuration needs, ready to paste. */
  permissionCommands(): string[];

  close(): Promise<void>;
}
