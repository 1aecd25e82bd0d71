/** Errors of Node itself, told apart by their code and put into words. */
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
  [/HANDSHAKE_FAILURE|NO_SHARED_CIPHER|NO_CIPHERS/, "it has no cipher suite in common with the agent"],
  [
    /CERTIFICATE_REQUIRED|BAD_CERTIFICATE/,
    "it demands a client certificate, or refused the agent's own certificate",
  ],
  [
    /ALERT_UNKNOWN_CA|ALERT_DECRYPT|CERTIFICATE_(?:UNKNOWN|EXPIRED|REVOKED)|UNSUPPORTED_CERTIFICATE/,
    "it refused the agent's own certificate; let the server trust the authority that issued it",
  ],
];

/**
 * Says in words why TLS failed: the server's certificate was refused, or the two sides did not agree. Null for an error that is not
 * about TLS. `reason` is the end of a sentence.
 */
export function tlsProblemOf(
  error: unknown,
): { readonly about: "certificate" | "handshake"; readonly reason: string } | null {
  const code = systemCodeOf(error);
  if (code === undefined) return null;
  const text = error instanceof Error ? error.message : "";
  const find = (problems: typeof CERTIFICATE_PROBLEMS): string | undefined =>
    problems.find(([pattern]) => pattern.test(code) || pattern.test(text))?.[1];
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return { about: "certificate", reason: `${describeNames(error)} (${code})` };
  if (CERTIFICATE_CODES.test(code))
    return { about: "certificate", reason: `${find(CERTIFICATE_PROBLEMS) ?? text} (${code})` };
  if (!/^(?:ERR_SSL_|ERR_TLS_|EPROTO)/.test(code)) return null;
  return { about: "handshake", reason: `${find(HANDSHAKE_PROBLEMS) ?? "TLS failed"} (${code})` };
}

/** Node attaches the name that was asked for and the certificate. */
const namesSchema = z.object({ host: z.string(), cert: z.object({ subjectaltname: z.string().optional() }) });

function describeNames(error: unknown): string {
  const names = namesSchema.safeParse(error).data;
  if (names === undefined) return "it is for another name";
  return `it is for ${names.cert.subjectaltname ?? "no name at all"}, not for ${names.host}; use a name of the certificate`;
}
