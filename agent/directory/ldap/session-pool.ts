import type { PeerCertificate } from "node:tls";
import type { ClientCertificate } from "../../../shared/client-certificate.ts";
import type { Clock } from "../../../shared/clock.ts";
import { AppError } from "../../../shared/errors.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { Secret } from "../../../shared/secret.ts";
import { describeIdentity, type DirectoryIdentity } from "../../../shared/source.ts";
import type { DirectoryConfig } from "../../config.ts";
import { parsePasswordPolicy } from "./controls.ts";
import { dial, serverName } from "./dial.ts";
import { type ReadEntries, readIdentity } from "./directory-identity.ts";
import { LdapConnection } from "./ldap-connection.ts";
import { isServerFault } from "./ldap-errors.ts";
import type {
  Account,
  BindOutcome,
  LdapSession,
  LdapSessions,
  OpenStream,
  ServerCertificate,
} from "./ldap-session.ts";
import { LDAP_OID } from "./oids.ts";
import {
  type BindKey,
  bindKeyOf,
  bindOf,
  bindUser,
  certificateOf,
  describeBind,
  signIn,
} from "./own-sign-in.ts";
import type { RootDse } from "./root-dse.ts";
import { readSchema, type Schema } from "./schema.ts";
import { createServerList, type ServerList } from "./server-list.ts";

/**
 * Idle connections kept for each account and server: as many as can be in use at once (eight look-ups, eight sign-ins and up to
 * sixteen jobs), because making one costs more than many requests. Unneeded ones close after a while.
 */
const MAX_IDLE = 32;
/** An idle connection is closed after this, before a load balancer does it, milliseconds. */
const CLOSE_IDLE_AFTER_MS = 30_000;
/** A connection that was idle for longer must answer a harmless request before it is lent again, milliseconds. */
const PROBE_AFTER_MS = 2_000;
const DEFAULT_MAX_ENTRIES = 1000;
/** Entries per page of `searchAll`. OpenLDAP and 389 Directory Server limit an answer to 500 or more by default, AD to 1000. */
const PAGE_SIZE = 500;

export interface SessionPoolDeps {
  readonly config: Pick<
    DirectoryConfig,
    | "bases"
    | "servers"
    | "startTls"
    | "caFile"
    | "bind"
    | "writebackBind"
    | "connectTimeoutMs"
    | "operationTimeoutMs"
  >;
  readonly log: Logger;
  readonly clock: Clock;
}

interface Bound {
  readonly url: string;
  readonly account: Account;
  readonly connection: LdapConnection;
  readonly rootDse: RootDse;
  idleSince: number;
}

/**
 * Bound connections to the best server that answers. Each connection is in one of three states:
 *
 *                connect, bind             the work ends; the connection is open and nothing waits on it
 *     (none) ─────────────────────► lent ──────────────────────────────────────────────────────────────► idle
 *                                    │ ▲                                                                 │  │
 *                                    │ └──────── borrowed; after 2 s idle, only if a probe is answered ──┘  │
 *                                    │                                                                      │
 *                                    │ a fault, an answer still due,                 30 s idle, a fault,    │
 *                                    │ 32 idle ones, or a closed pool                or a closed pool       │
 *                                    └───────────────────────────► closed ◄─────────────────────────────────┘
 *
 * A refusal by the server leaves a connection as good as before. A closed connection is never opened again. The pool is open
 * until `close`, which closes every connection, those that are being made included.
 */
export class SessionPool implements LdapSessions {
  readonly #config: SessionPoolDeps["config"];
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #servers: ServerList;
  readonly #names: ReadonlyMap<string, string>;
  readonly #idle: Bound[] = [];
  readonly #open = new Set<LdapConnection>();
  /** The directory of the first server that was used. A server of another one is refused. */
  #identity: DirectoryIdentity | null = null;
  /** Servers that the reading account has found to belong to it. */
  readonly #verified = new Set<string>();
  /** Undefined before it was read. All servers of one directory have the same schema, so one of them is asked, once. */
  #schema: Schema | null | undefined = undefined;
  #isSchemaInDoubt = false;
  /** The accounts as the server has named them. */
  readonly #accounts = new Map<BindKey, string>();
  #lastServer: string | null = null;
  #isClosed = false;

  constructor({ config, log, clock }: SessionPoolDeps) {
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
    this.#servers = createServerList(config.servers, clock);
    this.#names = new Map(config.servers.map((url) => [url, serverName(url)]));
  }

  get server(): string | null {
    return this.#lastServer;
  }

  get schema(): Schema | null {
    return this.#schema ?? null;
  }

  /** Reads the schema again with the next connection, which is a new one. */
  doubtSchema(): void {
    this.#isSchemaInDoubt = true;
    for (const { connection } of this.#idle.splice(0)) connection.close();
  }

  nameOf(account: Account): string {
    return (
      this.#accounts.get(bindKeyOf(this.#config, account)) ?? describeBind(bindOf(this.#config, account))
    );
  }

  get identity(): DirectoryIdentity | null {
    return this.#identity;
  }

  async use<T>(account: Account, work: (session: LdapSession) => Promise<T>): Promise<T> {
    const bound = await this.#borrow(account);
    try {
      return await work(toSession(bound));
    } catch (error) {
      if (isServerFault(error)) {
        this.#servers.failed(bound.url);
        bound.connection.close();
      }
      throw error;
    } finally {
      this.#giveBack(bound);
    }
  }

  async open(account: Account): Promise<OpenStream> {
    const bound = await this.#borrow(account);
    const { connection, rootDse } = bound;
    let isLent = true;
    return {
      server: connection.server,
      rootDse,
      readRootDse: () => connection.readRootDse(),
      search: (request, signal) => connection.search(request, signal),
      read: (request, maxEntries = DEFAULT_MAX_ENTRIES) => connection.read(request, maxEntries),
      session: toSession(bound),
      close: () => {
        if (isLent) this.#giveBack(bound);
        isLent = false;
      },
    };
  }

  rootDse(): Promise<RootDse> {
    return this.use("read", (session) => session.readRootDse());
  }

  async bindOnce(dn: string, password: Secret): Promise<BindOutcome> {
    if (password.reveal() === "") throw new AppError("PASSWORD_EMPTY");
    const connection = await this.#onServer(async (url) => {
      await this.#verify(url);
      // Without the agent's certificate: a server may take its owner for the user, and any password would seem right
      // (389-ds with nsslapd-force-sasl-external).
      return this.#connect(url, null);
    });
    try {
      const result = await bindUser(connection, this.#config, dn, password);
      return { server: connection.server, result, passwordPolicy: parsePasswordPolicy(result.controls) };
    } finally {
      connection.close();
    }
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#open) connection.close();
    return Promise.resolve();
  }

  /**
   * Runs `attempt` on the first server that can be used. After a fault that another server may not have, tries the next
   * one.
   */
  async #onServer<T>(attempt: (url: string) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new AppError("DIRECTORY_UNAVAILABLE", "The directory connection is closed.");
    let firstFault: unknown;
    for (const url of this.#servers.inOrder()) {
      const server = this.#nameOf(url);
      try {
        const value = await attempt(url);
        this.#servers.worked(url);
        if (this.#lastServer !== server) this.#log.info("directory.server.selected", { server });
        this.#lastServer = server;
        return value;
      } catch (error) {
        if (!isServerFault(error)) throw error;
        this.#servers.failed(url);
        this.#log.warn("directory.server.failed", { server, error });
        firstFault ??= error;
      }
    }
    throw firstFault;
  }

  #nameOf(url: string): string {
    return this.#names.get(url) ?? serverName(url);
  }

  async #connect(url: string, client: ClientCertificate | null): Promise<LdapConnection> {
    const { startTls, caFile, connectTimeoutMs, operationTimeoutMs } = this.#config;
    const socket = await dial({ url, startTls, caFile, client, connectTimeoutMs });
    const connection = new LdapConnection(socket, this.#nameOf(url), operationTimeoutMs);
    this.#open.add(connection);
    socket.once("close", () => {
      this.#open.delete(connection);
      const index = this.#idle.findIndex((bound) => bound.connection === connection);
      if (index !== -1) this.#idle.splice(index, 1);
    });
    socket.on("timeout", () => connection.close()); // a time-out is set only while the connection is idle
    if (this.#isClosed) connection.close(); // the pool was closed while the connection was being made
    return connection;
  }

  async #connectBound(url: string, account: Account): Promise<Bound> {
    const bind = bindOf(this.#config, account);
    const key = bindKeyOf(this.#config, account);
    const connection = await this.#connect(url, certificateOf(key, bind, this.#clock.now()));
    try {
      const name = await signIn(connection, bind);
      // A renewed certificate may be another account's.
      if (bind.kind === "certificate" && this.#accounts.get(key) !== name)
        this.#log.info("directory.account.identified", { key: `directory.${key}`, account: name });
      this.#accounts.set(key, name);
      const rootDse = await connection.readRootDse();
      await this.#checkDirectory(url, account, connection, rootDse);
      return { url, account, connection, rootDse, idleSince: 0 };
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /**
   * Throws AGENT_OTHER_DIRECTORY unless the server belongs to the same directory as the first one: nothing may be read
   * from another directory into this source, and no password of this one may be sent to it. The check is made on every
   * connection, because one name in `servers` may stand for several servers.
   */
  async #checkDirectory(
    url: string,
    account: Account,
    connection: LdapConnection,
    rootDse: RootDse,
  ): Promise<void> {
    if (account === "write") await this.#verify(url);
    const read: ReadEntries = (request) => connection.read(request, DEFAULT_MAX_ENTRIES);
    const found = await readIdentity(read, rootDse, this.#config.bases[0]?.dn ?? "");
    this.#identity ??= found;
    // The writing account may not be allowed to read the id; the reading account has checked this server.
    const isUnshown = account === "write" && !found.hasId && found.suffix === this.#identity.suffix;
    if (found.key !== this.#identity.key && !isUnshown) {
      this.#verified.delete(url);
      throw new AppError(
        "AGENT_OTHER_DIRECTORY",
        `${connection.server} belongs to another directory (${describeIdentity(found)}) than the first server that was used (${describeIdentity(this.#identity)}). All of directory.servers must be servers of one directory.`,
        { details: { server: connection.server } },
      );
    }
    if (account === "read") this.#verified.add(url);
    if (this.#schema === undefined || this.#isSchemaInDoubt) {
      this.#schema = await readSchema(read, rootDse);
      this.#isSchemaInDoubt = false;
    }
  }

  /** Checks by a connection of the reading account that the server belongs to the directory. */
  async #verify(url: string): Promise<void> {
    if (!this.#verified.has(url)) this.#giveBack(await this.#connectBound(url, "read"));
  }

  #borrow(requested: Account): Promise<Bound> {
    // Without an account of its own, writeback shares the connections of the reading account.
    const account = this.#config.writebackBind === undefined ? "read" : requested;
    return this.#onServer(async (url) => {
      for (;;) {
        const index = this.#idle.findLastIndex((bound) => bound.url === url && bound.account === account);
        const [bound] = index === -1 ? [] : this.#idle.splice(index, 1);
        if (bound === undefined) return this.#connectBound(url, account);
        bound.connection.socket.setTimeout(0);
        if (!bound.connection.isOpen) continue;
        if (this.#clock.monotonicMs() - bound.idleSince < PROBE_AFTER_MS) return bound;
        try {
          await bound.connection.readRootDse();
          return bound;
        } catch {
          bound.connection.close(); // it failed while it was idle, which is normal; another one is taken or made
        }
      }
    });
  }

  #giveBack(bound: Bound): void {
    const { connection, url, account } = bound;
    if (!connection.isOpen) return;
    const idleAlike = this.#idle.filter((other) => other.url === url && other.account === account);
    if (this.#isClosed || !connection.isQuiet || idleAlike.length >= MAX_IDLE) {
      connection.close();
      return;
    }
    bound.idleSince = this.#clock.monotonicMs();
    connection.socket.setTimeout(CLOSE_IDLE_AFTER_MS);
    this.#idle.push(bound);
  }
}

function toSession({ connection, rootDse }: Bound): LdapSession {
  return {
    server: connection.server,
    rootDse,
    get certificate() {
      return describeCertificate(connection);
    },
    readRootDse: () => connection.readRootDse(),
    modify: (dn, changes, controls) => connection.modify(dn, changes, controls),
    extended: (oid, value, controls) => connection.extended(oid, value, controls),
    search: (request, maxEntries = DEFAULT_MAX_ENTRIES) => connection.read(request, maxEntries),
    searchAll: (request, maxEntries) =>
      rootDse.supportedControls.has(LDAP_OID.pagedResults)
        ? connection.readPages(request, PAGE_SIZE, maxEntries)
        : connection.read(request, maxEntries),
  };
}

function describeCertificate({ socket }: LdapConnection): ServerCertificate {
  const { subject, issuer, valid_to } = socket.getPeerCertificate();
  const nameOf = (name: PeerCertificate["subject"]): string => [name.CN].flat().join(", ");
  return {
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    validUntil: Date.parse(valid_to),
    protocol: socket.getProtocol() ?? "",
  };
}
