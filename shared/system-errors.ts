/** Puts the errors of Node itself (files, DNS, sockets, TLS) into words, by their code. */
import { z } from "zod";

/**
 * The code of an error (`ENOENT`, `ECONNREFUSED`, `ERR_TLS_CERT_ALTNAME_INVALID`); undefined for an error without one.
 */
export function systemCodeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of its path is not a directory",
  EISDIR: "it is a directory",
  EACCES: "this user has no permission",
  EPERM: "this user has no permission",
  EROFS: "the file system is read-only",
  EEXIST: "the file already exists",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EMFILE: "too many files are open",
  ELOOP: "its symbolic links form a loop",
  ENAMETOOLONG: "the name is too long",
};

/** Says why a file could not be read or written, for the end of a sentence that names the file. */
export function fileProblemOf(error: unknown): string {
  const code = systemCodeOf(error);
  return code === undefined
    ? "of an unexpected error"
    : (FILE_PROBLEMS[code] ?? `the system reports ${code}`);
}

/** Codes that OpenSSL and Node give a certificate that does not verify or is for another name. */
const CERTIFICATE_CODES =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MIS|UNSPECIFIED$)/;

const CERTIFICATE_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/^CERT_HAS_EXPIRED/, "it, or its authority's, has expired; renew it"],
  [/^CERT_NOT_YET_VALID/, "it is not valid yet; check the clocks of both hosts"],
  [
    /^DEPTH_ZERO_SELF_SIGNED_CERT/,
    "it is self-signed; to trust it, name this certificate itself as the authority",
  ],
  [/^SELF_SIGNED_CERT_IN_CHAIN/, "the authority that issued it is not known to this host"],
  [
    /^UNABLE_TO_/,
    "the authority that issued it is not known to this host, or the server does not send an intermediate certificate",
  ],
  [/digest algorithm too weak|md too weak/i, "it is signed with SHA-1 or MD5; issue it with SHA-256"],
  [/key too (?:weak|small)/i, "its key, or its authority's, is too short; use RSA with 2048 bits or more"],
];

const HANDSHAKE_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/,
    "it offers only TLS 1.1 or older; turn on TLS 1.2 or newer there",
  ],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL/,
    "it does not speak TLS on this port",
  ],
  [/DH_KEY_TOO_SMALL/, "its Diffie-Hellman parameters are too short; use 2048 bits or more"],
  [/HANDSHAKE_FAILURE|NO_SHARED_CIPHER|NO_CIPHERS/, "it has no cipher suite in common with this host"],
  [
    /CERTIFICATE_REQUIRED|BAD_CERTIFICATE/,
    "it demands a client certificate, or refused the one that this host sent",
  ],
  [
    /ALERT_UNKNOWN_CA|ALERT_DECRYPT|CERTIFICATE_(?:UNKNOWN|EXPIRED|REVOKED)|UNSUPPORTED_CERTIFICATE/,
    "it refused the certificate that this host sent; let the server trust the authority that issued it",
  ],
];

/** Says why TLS failed: the server's certificate was refused, or the two sides did not agree. Null for an error that is not about TLS. */
function tlsProblemOf(error: unknown, code: string): Pick<NetworkProblem, "layer" | "reason"> | null {
  const text = error instanceof Error ? error.message : "";
  const find = (problems: typeof CERTIFICATE_PROBLEMS): string | undefined =>
    problems.find(([pattern]) => pattern.test(code) || pattern.test(text))?.[1];
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return { layer: "certificate", reason: `${describeNames(error)} (${code})` };
  if (CERTIFICATE_CODES.test(code))
    return { layer: "certificate", reason: `${find(CERTIFICATE_PROBLEMS) ?? text} (${code})` };
  if (!/^(?:ERR_SSL_|ERR_TLS_|EPROTO)/.test(code)) return null;
  return { layer: "handshake", reason: `${find(HANDSHAKE_PROBLEMS) ?? "TLS failed"} (${code})` };
}

/** Node attaches the name that was asked for and the certificate. */
const namesSchema = z.object({ host: z.string(), cert: z.object({ subjectaltname: z.string().optional() }) });

function describeNames(error: unknown): string {
  const names = namesSchema.safeParse(error).data;
  if (names === undefined) return "it is for another name";
  return `it is for ${names.cert.subjectaltname ?? "no name at all"}, not for ${names.host}; use a name of the certificate`;
}

export interface NetworkProblem {
  /** The layer that failed. `answer`: the connection was made, and no whole answer came. */
  readonly layer: "name" | "connection" | "certificate" | "handshake" | "answer";
  /** The end of a sentence: what failed, what mends it where that is known, and the code in brackets. */
  readonly reason: string;
  readonly code: string;
}

const NETWORK_PROBLEMS: Readonly<Record<string, readonly [NetworkProblem["layer"], string]>> = {
  ENOTFOUND: ["name", "its name is not in DNS; check the name"],
  ENODATA: ["name", "its name has no address in DNS; check the name"],
  EAI_AGAIN: ["name", "DNS does not answer; check the resolver of this host"],
  ESERVFAIL: ["name", "DNS does not answer; check the resolver of this host"],
  ETIMEOUT: ["name", "DNS does not answer; check the resolver of this host"],
  EDNS: ["name", "its name cannot be resolved; check the name and the resolver of this host"],
  ECONNREFUSED: [
    "connection",
    "nothing listens at that address and port, or a firewall refuses the connection",
  ],
  EHOSTUNREACH: ["connection", "there is no route to the host"],
  ENETUNREACH: ["connection", "there is no route to the host"],
  EADDRNOTAVAIL: ["connection", "this host has no address from which to reach it"],
  UND_ERR_CONNECT_TIMEOUT: ["connection", "the host does not answer; a firewall may drop the packets"],
  ECONNRESET: ["answer", "the connection was closed"],
  ECONNABORTED: ["answer", "the connection was closed"],
  EPIPE: ["answer", "the connection was closed"],
  UND_ERR_SOCKET: ["answer", "the connection was closed"],
  ETIMEDOUT: ["answer", "there was no answer in time"],
  ABORT_ERR: ["answer", "there was no answer in time"],
  UND_ERR_HEADERS_TIMEOUT: ["answer", "there was no answer in time"],
  UND_ERR_BODY_TIMEOUT: ["answer", "the answer did not end in time"],
};

/** Errors inside errors that are looked at. */
const MAX_DEPTH = 5;

/**
 * Says which layer of the network failed and why: DNS, the connection, the certificate, the TLS handshake, or the answer. Null for an
 * error of another kind. The one place that does so. The text of the error is not used, because it may contain an address.
 */
export function networkProblemOf(error: unknown): NetworkProblem | null {
  const found = innermostCode(error);
  if (found === null) return null;
  const { code, inner } = found;
  const tls = tlsProblemOf(inner, code);
  if (tls !== null) return { ...tls, code };
  const isConnecting =
    code === "ETIMEDOUT" && ["connect", "CONNECT_TIMEOUT"].some((text) => isMarked(inner, text));
  const [layer, reason] =
    NETWORK_PROBLEMS[isConnecting ? "UND_ERR_CONNECT_TIMEOUT" : code] ??
    (["answer", "the connection failed"] as const);
  return { layer, reason: `${reason} (${code})`, code };
}

/** Node names the system call that timed out, nodemailer the kind of time-out. */
const isMarked = (error: Error, text: string): boolean =>
  Reflect.get(error, "syscall") === text || Reflect.get(error, "timeoutType") === text;

/**
 * Finds the code of the innermost error that has one: fetch keeps the reason in `cause`, a connection to several addresses in `errors`,
 * and nodemailer replaces `code` and keeps Node's in `originalCode`.
 */
function innermostCode(error: unknown): { readonly code: string; readonly inner: Error } | null {
  let found: { readonly code: string; readonly inner: Error } | null = null;
  let inner = error;
  for (let depth = 0; inner instanceof Error && depth < MAX_DEPTH; depth += 1) {
    const own: unknown = Reflect.get(inner, "originalCode") ?? Reflect.get(inner, "code");
    if (typeof own === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(own)) found = { code: own, inner };
    else if (inner.name === "TimeoutError" || inner.name === "AbortError")
      found = { code: "ETIMEDOUT", inner };
    const nested: unknown = inner instanceof AggregateError ? inner.errors[0] : undefined;
    inner = nested ?? inner.cause;
  }
  return found;
}
