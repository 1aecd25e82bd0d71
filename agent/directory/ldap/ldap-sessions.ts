/** Bound connections to the best server that answers: lent for a piece of work, kept a while, thrown away on the first fault. */
import type { PeerCertificate } from "node:tls";
import type { Clock } from "../../../shared/clock.ts";
import { AppError } from "../../../shared/errors.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { DirectoryConfig } from "../../config.ts";
import { parsePasswordPolicy, passwordPolicy } from "./controls.ts";
import { dial, serverName } from "./dial.ts";
import { LdapConnection } from "./ldap-connection.ts";
import { isServerFault, resultError } from "./ldap-errors.ts";
import { LDAP_CODE } from "./ldap-result.ts";
import type { Account, LdapSession, LdapSessions, ServerCertificate } from "./ldap-session.ts";
import type { RootDse } from "./root-dse.ts";
import { createServerList } from "./server-list.ts";

/**
 * Connections kept for each account and server while nobody uses them: as many as can be under way at once (eight looks, eight
 * sign-ins, up to sixteen jobs), for making one costs more than many questions. Those not needed close by themselves.
 */
const MAX_IDLE = 32;
/** An unused connection is closed after this: before any load balancer does, milliseconds. */
const CLOSE_IDLE_AFTER_MS = 30_000;
/** After this much rest a connection is asked something harmless before it is lent again, milliseconds. */
const PROBE_AFTER_MS = 2_000;
const DEFAULT_MAX_ENTRIES = 1000;

type SessionConfig = Pick<
  DirectoryConfig,
  "servers" | "startTls" | "caFile" | "bind" | "writebackBind" | "connectTimeoutMs" | "operationTimeoutMs"
>;

interface Bound {
  readonly url: string;
  readonly account: Account;
  readonly connection: LdapConnection;
  readonly rootDse: RootDse;
  idleSince: number;
}

export function createLdapSessions(options: {
  readonly config: SessionConfig;
  readonly log: Logger;
  readonly clock: Clock;
}): LdapSessions {
  const { config, log, clock } = options;
  const servers = createServerList(config.servers, clock);
  const names = new Map(config.servers.map((url) => [url, serverName(url)]));
  const nameOf = (url: string): string => names.get(url) ?? serverName(url);
  /** Without an account of its own, writeback shares the reading account's connections. */
  const poolOf = (account: Account): Account => (config.writebackBind === undefined ? "read" : account);
  const idle: Bound[] = [];
  const open = new Set<LdapConnection>();
  let lastServer: string | null = null;
  let closed = false;

  /** Runs `attempt` on the first server that can be used; faults that another server may not have lead to the next one. */
  async function onServer<T>(attempt: (url: string) => Promise<T>): Promise<T> {
    if (closed) throw new AppError("DIRECTORY_UNAVAILABLE", "The directory connection is closed.");
    let firstFault: unknown;
    for (const url of servers.inOrder()) {
      try {
        const value = await attempt(url);
        servers.worked(url);
        const server = nameOf(url);
        if (lastServer !== server) log.info("directory.server.selected", { server });
        lastServer = server;
        return value;
      } catch (error) {
        if (!isServerFault(error)) throw error;
        servers.failed(url);
        log.warn("directory.server.failed", { server: nameOf(url), error });
        firstFault ??= error;
      }
    }
    throw firstFault;
  }

  async function connect(url: string): Promise<LdapConnection> {
    const { startTls, caFile, connectTimeoutMs, operationTimeoutMs } = config;
    const socket = await dial({ url, startTls, caFile, connectTimeoutMs });
    const connection = new LdapConnection(socket, nameOf(url), operationTimeoutMs);
    open.add(connection);
    socket.once("close", () => {
      open.delete(connection);
      const index = idle.findIndex((bound) => bound.connection === connection);
      if (index !== -1) idle.splice(index, 1);
    });
    socket.on("timeout", () => connection.close()); // set only while it is idle
    if (closed) connection.close(); // while it was being made
    return connection;
  }

  async function connectBound(url: string, account: Account): Promise<Bound> {
    const { dn, password } = (account === "write" ? config.writebackBind : undefined) ?? config.bind;
    const connection = await connect(url);
    try {
      const result = await connection.bind(dn, password);
      if (result.code !== 0)
        throw isTemporary(result.code)
          ? resultError(result, connection.server)
          : new AppError("DIRECTORY_BIND_FAILED", `${connection.server} refused the sign-in of ${dn}.`, {
              cause: resultError(result, connection.server),
              details: { server: connection.server, dn, ldapCode: result.code, ldapMessage: result.message },
            });
      return { url, account, connection, rootDse: await connection.readRootDse(), idleSince: 0 };
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async function borrow(account: Account): Promise<Bound> {
    return onServer(async (url) => {
      for (;;) {
        const index = idle.findLastIndex((bound) => bound.url === url && bound.account === account);
        const [bound] = index === -1 ? [] : idle.splice(index, 1);
        if (bound === undefined) return connectBound(url, account);
        bound.connection.socket.setTimeout(0);
        if (!bound.connection.isOpen) continue;
        if (clock.monotonicMs() - bound.idleSince < PROBE_AFTER_MS) return bound;
        try {
          await bound.connection.readRootDse();
          return bound;
        } catch {
          bound.connection.close(); // it died while nobody used it: expected, and a new one is made
        }
      }
    });
  }

  function giveBack(bound: Bound): void {
    const { connection, url, account } = bound;
    if (!connection.isOpen) return;
    if (
      closed ||
      !connection.isQuiet ||
      idle.filter((other) => other.url === url && other.account === account).length >= MAX_IDLE
    ) {
      connection.close();
      return;
    }
    bound.idleSince = clock.monotonicMs();
    connection.socket.setTimeout(CLOSE_IDLE_AFTER_MS);
    idle.push(bound);
  }

  const sessions: LdapSessions = {
    async use(account, work) {
      const bound = await borrow(poolOf(account));
      try {
        return await work(toSession(bound));
      } catch (error) {
        // After a refusal the connection is as good as before; after a fault of the server it is not used again.
        if (isServerFault(error)) {
          servers.failed(bound.url);
          bound.connection.close();
        }
        throw error;
      } finally {
        giveBack(bound);
      }
    },

    async open(account) {
      const bound = await borrow(poolOf(account));
      const { connection, rootDse } = bound;
      let isLent = true;
      return {
        server: connection.server,
        rootDse,
        readRootDse: () => connection.readRootDse(),
        search: (request, signal) => connection.search(request, signal),
        read: (request, maxEntries = DEFAULT_MAX_ENTRIES) => connection.read(request, maxEntries),
        close() {
          if (isLent) giveBack(bound);
          isLent = false;
        },
      };
    },

    rootDse() {
      return sessions.use("read", (session) => session.readRootDse());
    },

    async bindOnce(dn, password) {
      if (password.reveal() === "") throw new AppError("PASSWORD_EMPTY");
      const connection = await onServer(connect);
      try {
        const result = await connection.bind(dn, password, [passwordPolicy]);
        return { server: connection.server, result, passwordPolicy: parsePasswordPolicy(result.controls) };
      } finally {
        connection.close();
      }
    },

    get server() {
      return lastServer;
    },

    close() {
      closed = true;
      for (const connection of open) connection.close();
      return Promise.resolve();
    },
  };
  return sessions;
}

const isTemporary = (code: number): boolean => code === LDAP_CODE.busy || code === LDAP_CODE.unavailable;

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
