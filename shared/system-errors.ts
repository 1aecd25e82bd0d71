/** Errors of Node itself, told apart by their code and put into words. */

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
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT|INVALID_CA|HOSTNAME_MIS)/;
export const isCertificateCode = (code: string): boolean => CERTIFICATE_CODES.test(code);
