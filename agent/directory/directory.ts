/** The interface to a directory of any make. Code outside this folder uses LDAP only through this interface. */
import type { DialectName } from "../../shared/account.ts";
import type { RejectReason } from "../../shared/protocol/frames.ts";
import type { Secret } from "../../shared/secret.ts";
import type { StatedDirectory } from "../../shared/source.ts";
import type { AccountMark, PasswordRule, Verdict } from "../../shared/writeback.ts";

export { DIALECTS } from "../../shared/account.ts";
export type { DialectName };

export const FEEDS = ["dirsync", "usn", "syncrepl", "entrycsn", "changelog", "modifytimestamp"] as const;
/** The ways to find changes; docs/operations.md says what each needs. */
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
  /** The alias attributes with a value that cannot be used; never the value itself. */
  readonly unusable: readonly EntryProblem[];
}

/**
 * Whether an account is enabled. "unreadable": the attribute that says it has a value of no known form. "not_shown":
 * Active Directory returned no such attribute although every account has one, so the agent's account may not read it.
 * Nothing is written to an account in either state.
 */
export type EnabledState = boolean | "unreadable" | "not_shown";

/** A user as the directory has it. Attribute names are lowercase; an attribute without values is absent. */
export interface DirectoryEntry {
  /** 32 lowercase hex digits; null when the entry has no usable id. Then `names` is the problem. */
  readonly id: string | null;
  readonly names: LoginNames | EntryProblem;
  readonly enabled: EnabledState;
  /**
   * Marked as privileged, in a protected group, or an account of the agent's own. Everybody is while a protected group cannot
   * be resolved.
   */
  readonly protected: boolean;
  readonly dn: string;
  /** The configured base it was found under: decides the default phone region. */
  readonly base: string;
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
}

/**
 * The events of a feed, in order. A feed that ends without `complete` was cut short, and nothing may be concluded from
 * it.
 */
export type FeedEvent =
  /** First. `full`: all users in scope follow; `reason` says why, when a delta was asked for. */
  | {
      readonly kind: "start";
      readonly feed: FeedName;
      readonly full: boolean;
      readonly reason: string | null;
    }
  /** A user in scope: the whole entry, never a difference. */
  | { readonly kind: "entry"; readonly entry: DirectoryEntry }
  /** Users in scope that did not change. The cloud may not know them: an OU that was moved into scope changes no entry. */
  | { readonly kind: "present"; readonly ids: readonly string[] }
  /** A user who is not in scope any more. Never one that the same run names in another event. */
  | { readonly kind: "gone"; readonly id: string; readonly reason: "deleted" | "left_scope" }
  /** Last. `sweep`: all users in scope were named by `entry` or `present`, so those that were not are gone. */
  | { readonly kind: "complete"; readonly cursor: string; readonly sweep: boolean };

/** The ways in which servers notify of changes. */
export const NOTIFICATIONS = ["change_notification", "refresh_and_persist", "persistent_search"] as const;
export type NotificationName = (typeof NOTIFICATIONS)[number];

export type ChangeNotice =
  /** The server notifies from now on. What changed before must be looked for. */
  | { readonly kind: "listening"; readonly by: NotificationName }
  /** Something changed that may concern a user. */
  | { readonly kind: "changed" };

export interface AccountState {
  readonly id: string;
  readonly dn: string;
  readonly mark: AccountMark;
  readonly enabled: boolean;
  readonly expired: boolean;
  /**
   * The attributes that tell whether the account is open and that have a value of no known form, or that the agent's account may
   * not read. Nothing is written while there is one.
   */
  readonly unreadable: readonly string[];
  readonly locked: boolean;
  readonly mustChange: boolean;
  /** adminCount=1, a protected group, or the agent's own accounts. */
  readonly protected: boolean;
  /** On the deny list, by a name, a DN or a group. */
  readonly denied: boolean;
  /**
   * True while the configuration names a protected group or a denied DN that cannot be resolved, or the server does not say
   * which account the agent's own is: `protected` and `denied` may then be false for an account that is.
   */
  readonly protectionUnknown: boolean;
  readonly inScope: boolean;
  /** All login names in lowercase, for rules that forbid the name in the password. */
  readonly names: readonly string[];
  readonly displayName: string | null;
  /** DNs of the groups that the account is in, nested ones included where the server resolves them. */
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

/** How close an account is to a lockout by wrong passwords. Null: not readable. */
export interface Lockout {
  readonly locked: boolean;
  /** The wrong passwords that the server still counts. */
  readonly failures: number | null;
  /** Number of failures that lock the account; 0 when no number does. */
  readonly threshold: number | null;
}

/** The password rule when the server shows none of it. */
export const UNREADABLE_RULE: PasswordRule = {
  minLength: null,
  historyLength: null,
  complexity: null,
  minAgeSeconds: null,
  source: null,
};

/** "warn": all works, but something is to be done. */
export type CheckStatus = "pass" | "warn" | "fail" | "skip";
/** One line of the output of `doctor`. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly detail: string;
  /** The action for the administrator after a FAIL or WARN; null otherwise. */
  readonly action: string | null;
}

export interface RememberedObject {
  readonly kind: "group" | "account";
  /** `attribute:hex`, for example `objectGUID:0f1e…`. */
  readonly id: string;
  /** Where it was seen last. */
  readonly dn: string;
}
/** By canonical configured DN. */
export type RememberedObjects = Readonly<Record<string, RememberedObject>>;

/**
 * Keeps the ids of configured names over a restart. The agent's state directory is the place: the cursor in the cloud would
 * neither serve writebacks, which run without a sync, nor doctor, which must work without the cloud.
 */
export interface NameMemory {
  readonly load: () => Promise<RememberedObjects>;
  /** Null where this process must not change what the running agent remembers, as in doctor. */
  readonly save: ((objects: RememberedObjects) => Promise<void>) | null;
  /** The file, for the advice to remove it; null when nothing is kept. */
  readonly file: string | null;
}

/** A memory of this process alone. */
export function forgetfulMemory(): NameMemory {
  return { load: () => Promise.resolve({}), save: () => Promise.resolve(), file: null };
}

export interface Directory {
  readonly dialect: DialectName;
  /** The host name of the server in use; null before the first connection. */
  readonly server: string | null;

  /**
   * Reads the change feed. `cursor` null: everything. A cursor that the server, or a changed configuration, no longer accepts
   * gives a full feed, not an error. Throws DIRECTORY_*, SCOPE_BASE_MISSING.
   */
  changes(cursor: string | null, signal: AbortSignal): AsyncIterable<FeedEvent>;

  /**
   * Listens for changes until the connection or the signal ends, and then throws DIRECTORY_*. Throws DIRECTORY_UNSUPPORTED when the
   * server cannot notify.
   */
  watch(onNotice: (notice: ChangeNotice) => void, signal: AbortSignal): Promise<never>;

  /** Reads the users in scope that have these ids; those that are not there are left out. */
  readUsers(ids: readonly string[], signal: AbortSignal): AsyncIterable<DirectoryEntry>;

  /** Tells which directory it is, and the configured scope in it. Throws DIRECTORY_*. */
  stated(): Promise<StatedDirectory>;

  /** Finds the users in scope that have this id, user name or alias. At most 10. */
  find(nameOrId: string, signal: AbortSignal): Promise<DirectoryEntry[]>;

  /**
   * Returns those of these DNs that name no group here, or one whose members cannot be read. Throws DIRECTORY_*.
   */
  missingGroups(dns: readonly string[]): Promise<readonly string[]>;

  /** Reads one account. Null when there is no such user any more. Searches by id, never by a remembered DN. */
  account(userId: string): Promise<AccountState | null>;

  /**
   * Reads one account and the rule for its password. A fine-grained policy that cannot be read gives nulls, not the domain's
   * values. Null when there is no such user any more.
   */
  look(userId: string): Promise<{ readonly account: AccountState; readonly rule: PasswordRule } | null>;

  /**
   * Applies the order, in ONE modify where the server allows it, and resolves with the directory's own verdict. Throws
   * DIRECTORY_* before anything was sent, so that a retry is safe. Resolves `unknown` when the answer was lost after sending.
   * `onSend` runs, and is awaited, right before the first byte that changes anything is sent.
   */
  applyPassword(order: PasswordOrder, onSend: () => Promise<void>): Promise<Verdict>;

  /**
   * Checks a password by a bind on a connection of its own, never the service's. Empty passwords are refused here (an empty simple
   * bind "succeeds", RFC 4513 section 5.1.2). A wrong one counts towards the directory's lockout. For an unknown user a
   * bind is made too, so that response times reveal little.
   */
  checkSignIn(userId: string, password: Secret): Promise<SignIn>;

  /** Null when there is no such user. Each server counts for itself: another one may have counted more. */
  lockout(userId: string): Promise<Lockout | null>;

  /**
   * Runs the directory's checks of `doctor` in order. A check whose prerequisite failed is SKIP. `userName`: the test
   * user.
   */
  check(userName: string | null): AsyncIterable<Check>;

  /** Returns the commands that grant what the configuration needs, ready to paste. */
  permissionCommands(): string[];

  close(): Promise<void>;
}
