import type { Secret } from "../../../shared/secret.ts";
import type { PasswordPolicyResponse, RequestControl } from "./controls.ts";
import type { DirectoryEntryRaw } from "./ldap-entry.ts";
import type { LdapResult } from "./ldap-result.ts";
import type { LdapStream, SearchRequest } from "./ldap-stream.ts";
import type { Modification } from "./modification.ts";
import type { RootDse } from "./root-dse.ts";

export type Account = "read" | "write";

/** The server's certificate as checked when the connection was made. */
export interface ServerCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Epoch ms. */
  readonly validUntil: number;
  readonly protocol: string;
}

/** A bound connection, lent for the time of one piece of work. */
export interface LdapSession {
  /** Host (and port, when it is not the usual one) of the server. */
  readonly server: string;
  readonly rootDse: RootDse;
  readonly certificate: ServerCertificate;
  /** Reads the rootDSE again, for highestCommittedUSN and currentTime. */
  readRootDse(): Promise<RootDse>;
  /**
   * Small reads: at most `maxEntries` (1000), more is DIRECTORY_ERROR. A base that does not exist gives none. Throws DIRECTORY_*;
   * `ldapCodeOf(error)` tells the server's code.
   */
  search(request: SearchRequest, maxEntries?: number): Promise<DirectoryEntryRaw[]>;
  /** The server's answer, whatever its code. Throws DIRECTORY_* only when there was none. */
  modify(
    dn: string,
    changes: readonly Modification[],
    controls?: readonly RequestControl[],
  ): Promise<LdapResult>;
  /** The server's answer, whatever its code. Throws DIRECTORY_* only when there was none. */
  extended(oid: string, value: Buffer | null, controls?: readonly RequestControl[]): Promise<LdapResult>;
}

export interface BindOutcome {
  readonly server: string;
  readonly result: LdapResult;
  /** Where the server has the control and said something. */
  readonly passwordPolicy: PasswordPolicyResponse | null;
}

export interface LdapSessions {
  /** Lends a bound connection, its borrower's alone until the work ends. Throws DIRECTORY_* when no server can be used. */
  use<T>(account: Account, work: (session: LdapSession) => Promise<T>): Promise<T>;
  /** A connection for streaming searches, the caller's own to close. */
  open(account: Account): Promise<LdapStream>;
  /** Read afresh from the server in use. */
  rootDse(): Promise<RootDse>;
  /**
   * Signs in as `dn` on a fresh connection that is closed at once. The answer is a value whatever its code. An empty password is
   * refused here with PASSWORD_EMPTY: as a simple bind it would "succeed" (RFC 4513 section 5.1.2).
   */
  bindOnce(dn: string, password: Secret): Promise<BindOutcome>;
  /** The server used last; null before the first connection. */
  readonly server: string | null;
  close(): Promise<void>;
}
