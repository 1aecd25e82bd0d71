import type { Secret } from "../../../shared/secret.ts";
import type { DirectoryIdentity } from "../../../shared/source.ts";
import type { PasswordPolicyResponse, RequestControl } from "./controls.ts";
import type { DirectoryEntryRaw } from "./ldap-entry.ts";
import type { LdapResult } from "./ldap-result.ts";
import type { LdapStream, SearchRequest } from "./ldap-stream.ts";
import type { Modification } from "./modification.ts";
import type { RootDse } from "./root-dse.ts";
import type { Schema } from "./schema.ts";

export type Account = "read" | "write";

/** The server's certificate, as it was verified when the connection was made. */
export interface ServerCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Epoch ms. */
  readonly validUntil: number;
  readonly protocol: string;
}

/** A bound connection, lent for one piece of work. */
export interface LdapSession {
  /** The host name of the server, with its port if that is not the default one. */
  readonly server: string;
  readonly rootDse: RootDse;
  readonly certificate: ServerCertificate;
  /** Reads the rootDSE again, for highestCommittedUSN and currentTime. */
  readRootDse(): Promise<RootDse>;
  /**
   * Searches for at most `maxEntries` (1000) entries; more are DIRECTORY_ERROR. A base that does not exist gives none. Throws
   * DIRECTORY_*; `ldapCodeOf(error)` is the server's code.
   */
  search(request: SearchRequest, maxEntries?: number): Promise<DirectoryEntryRaw[]>;
  /** Searches as `search` does, in pages where the server has them, because most servers limit one answer to some hundreds. */
  searchAll(request: SearchRequest, maxEntries: number): Promise<DirectoryEntryRaw[]>;
  /** Returns the server's answer, whatever its code. Throws DIRECTORY_* only when there was none. */
  modify(
    dn: string,
    changes: readonly Modification[],
    controls?: readonly RequestControl[],
  ): Promise<LdapResult>;
  /** Returns the server's answer, whatever its code. Throws DIRECTORY_* only when there was none. */
  extended(oid: string, value: Buffer | null, controls?: readonly RequestControl[]): Promise<LdapResult>;
}

/** A connection for streaming searches, and for small requests while none of them runs. */
export interface OpenStream extends LdapStream {
  readonly session: LdapSession;
}

export interface BindOutcome {
  readonly server: string;
  readonly result: LdapResult;
  /** Null where the server does not have the control, or did not send it. */
  readonly passwordPolicy: PasswordPolicyResponse | null;
}

export interface LdapSessions {
  /** Lends a bound connection to `work` alone, until the work ends. Throws DIRECTORY_* when no server can be used. */
  use<T>(account: Account, work: (session: LdapSession) => Promise<T>): Promise<T>;
  /** Returns a connection for streaming searches, which the caller must close. */
  open(account: Account): Promise<OpenStream>;
  /** Reads the rootDSE of the server in use. */
  rootDse(): Promise<RootDse>;
  /**
   * Binds as `dn` on a new connection, which is closed at once, and returns the answer whatever its code. An empty password is
   * refused here with PASSWORD_EMPTY: a simple bind with it would "succeed" (RFC 4513 section 5.1.2).
   */
  bindOnce(dn: string, password: Secret): Promise<BindOutcome>;
  /** The directory of the servers; null before the first connection. */
  readonly identity: DirectoryIdentity | null;
  /** The attributes that the server knows; null before the first connection, and when it shows no schema. */
  readonly schema: Schema | null;
  /**
   * Names the account as the server knows it: the bind name, or after a sign-in by certificate the identity that the server gave. Before
   * that, names the certificate.
   */
  nameOf(account: Account): string;
  /** The server used last; null before the first connection. */
  readonly server: string | null;
  close(): Promise<void>;
}
