/** Opens an encrypted connection to a server: ldaps://, or ldap:// with StartTLS before anything else is sent. */
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { ExtendedRequest } from "ldapts";
import { authorityOf } from "../../../shared/authority.ts";
import type { ClientCertificate } from "../../../shared/client-certificate.ts";
import { AppError } from "../../../shared/errors.ts";
import { BerReader, malformed, TAG } from "./ber-reader.ts";
import { decodeResult, OPERATION } from "./decode.ts";
import { resultError, socketError } from "./ldap-errors.ts";
import { MessageSplitter } from "./message-splitter.ts";
import { LDAP_OID } from "./oids.ts";

export interface DialOptions {
  /** `ldaps://host:636` or `ldap://host:389`. */
  readonly url: string;
  readonly startTls: boolean;
  /** Read for each connection, so that a renewed authority needs no restart. The system's authorities when left out. */
  readonly caFile?: string | undefined;
  /** The agent's own certificate; null for a connection without one. */
  readonly client: ClientCertificate | null;
  /** Time-out for TCP, StartTLS and the TLS handshake together. */
  readonly connectTimeoutMs: number;
}

/** Returns a server's name for results, logs and marks: with its port only when that is not the default one. */
export function serverName(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return port === "" || port === (protocol === "ldaps:" ? "636" : "389") ? hostname : `${hostname}:${port}`;
}

const UNENCRYPTED = { type: "pkcs8", format: "pem" } as const;
const MAX_STARTTLS_BYTES = 4096;
const KEEP_ALIVE_MS = 30_000;

/**
 * Returns a verified TLS socket, which the caller owns. Throws DIRECTORY_UNAVAILABLE, _TIMEOUT, _CERTIFICATE_INVALID,
 * _TLS_REQUIRED.
 */
export async function dial(options: DialOptions): Promise<tls.TLSSocket> {
  const { url, startTls, caFile, client, connectTimeoutMs } = options;
  const server = serverName(url);
  const { hostname, port, protocol } = new URL(url);
  const isPlain = protocol === "ldap:";
  if (isPlain && !startTls)
    throw new AppError("DIRECTORY_TLS_REQUIRED", `${server} is configured without encryption.`);
  const host = hostname.replace(/^\[|\]$/g, "");
  const address = { host, port: Number(port || (isPlain ? 389 : 636)) };
  const identity = {
    host,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...(caFile === undefined
      ? {}
      : { ca: authorityOf("directory.caFile", caFile, "DIRECTORY_CERTIFICATE_INVALID") }),
    ...(client === null ? {} : { cert: client.certificatePem, key: client.key.export(UNENCRYPTED) }),
  };

  const sockets: net.Socket[] = [];
  const timedOut = new AppError(
    "DIRECTORY_TIMEOUT",
    `${server} did not accept the connection within ${connectTimeoutMs} ms.`,
    { details: { server } },
  );
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy(timedOut);
  }, connectTimeoutMs);
  try {
    const socket = await (async () => {
      if (!isPlain) return track(sockets, tls.connect({ ...address, ...identity }));
      const plain = track(sockets, net.connect(address));
      await untilOpen(plain, "connect");
      await requestStartTls(plain, server);
      return track(sockets, tls.connect({ ...identity, socket: plain }));
    })();
    await untilOpen(socket, "secureConnect");
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  } catch (error) {
    for (const socket of sockets) socket.destroy();
    throw withPortAdvice(socketError(error, server), isPlain, address.port);
  } finally {
    clearTimeout(timer);
  }
}

/** A server closes a connection that begins in the wrong way, which looks like a fault of the network. */
function withPortAdvice(error: AppError, isPlain: boolean, port: number): AppError {
  const advice =
    !isPlain && port === 389
      ? "Port 389 is for ldap:// with startTls: true; ldaps:// uses port 636"
      : isPlain && port === 636
        ? "Port 636 is for ldaps://; ldap:// with startTls: true uses port 389"
        : null;
  if (advice === null || error.code === "DIRECTORY_TIMEOUT" || error.code === "DIRECTORY_CERTIFICATE_INVALID")
    return error;
  const { cause, details, message } = error;
  return new AppError("DIRECTORY_TLS_FAILED", `${message} ${advice}.`, { cause, details });
}

function track<S extends net.Socket>(sockets: net.Socket[], socket: S): S {
  sockets.push(socket);
  return socket;
}

/** Also ends on `close`: a server that closes without a TLS alert causes no error event. */
async function untilOpen(socket: net.Socket, event: "connect" | "secureConnect"): Promise<void> {
  const closed = new AbortController();
  const onClose = (): void => closed.abort();
  socket.once("close", onClose);
  try {
    await once(socket, event, { signal: closed.signal });
  } catch (error) {
    throw closed.signal.aborted && error instanceof Error && error.name === "AbortError"
      ? new Error("closed while connecting")
      : error;
  } finally {
    socket.off("close", onClose);
  }
}

/**
 * Requests StartTLS (RFC 4511 section 4.14). Refuses bytes that follow the answer unprotected, because they would be
 * taken for protected ones.
 */
async function requestStartTls(socket: net.Socket, server: string): Promise<void> {
  socket.write(new ExtendedRequest({ messageId: 1, oid: LDAP_OID.startTls }).write());
  const splitter = new MessageSplitter(MAX_STARTTLS_BYTES);
  const result = await new Promise<ReturnType<typeof decodeResult>>((resolve, reject) => {
    let answer: ReturnType<typeof decodeResult> | undefined;
    const onData = (chunk: Buffer): void => {
      try {
        splitter.push(chunk, (buffer, start, end) => {
          if (answer !== undefined) throw malformed("more than an answer to StartTLS");
          const reader = new BerReader(buffer, start, end);
          answer = reader.within(TAG.sequence, () => {
            reader.integer();
            return decodeResult(reader, OPERATION.extendedResponse);
          });
          return true;
        });
        if (answer === undefined) return;
        if (splitter.pendingBytes > 0) throw malformed("more than an answer to StartTLS");
        done();
        resolve(answer);
      } catch (error) {
        done();
        reject(socketError(error, server));
      }
    };
    const onError = (error: Error): void => {
      done();
      reject(error);
    };
    const onClose = (): void => onError(new Error("closed during StartTLS"));
    const done = (): void => {
      socket.off("data", onData).off("error", onError).off("close", onClose).pause();
    };
    socket.on("data", onData).once("error", onError).once("close", onClose);
  });
  if (result.code !== 0)
    throw new AppError("DIRECTORY_TLS_REQUIRED", `${server} refused StartTLS.`, {
      cause: resultError(result, server),
      details: { server, ldapCode: result.code },
    });
}
