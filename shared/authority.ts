/** Reads files with certificate authorities, and says in words why one cannot be used. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { AppError, type ErrorCode } from "./errors.ts";
import { fileProblemOf } from "./system-errors.ts";

const PEM_CERTIFICATE = /-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----[\s\S]*?-----END \1-----/g;

export type AuthorityFile = { readonly pem: string } | { readonly problem: string };

/** Returns the certificates of a PEM or DER file as PEM; otherwise the problem, as the end of a sentence about the file. */
export function readAuthority(file: string): AuthorityFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return { problem: `cannot be read: ${fileProblemOf(error)}` };
  }
  const text = bytes.toString("latin1");
  const certificates = text.match(PEM_CERTIFICATE) ?? [];
  try {
    if (certificates.length > 0)
      return { pem: certificates.map((one) => new X509Certificate(one).toString()).join("") };
    return { pem: new X509Certificate(bytes).toString() };
  } catch {
    return { problem: whyNoCertificate(text, certificates.length > 0) };
  }
}

function whyNoCertificate(text: string, hasCertificate: boolean): string {
  if (text.trim() === "") return "is empty";
  if (hasCertificate) return "has a certificate that is damaged";
  if (text.includes("PRIVATE KEY-----"))
    return "has a private key and no certificate: name the file with the authority's certificate";
  if (text.includes("CERTIFICATE REQUEST-----"))
    return "has a certificate request and no certificate: name the file with the authority's certificate";
  if (text.includes("-----BEGIN PKCS7-----"))
    return "is a PKCS #7 file: convert it with: openssl pkcs7 -print_certs -in FILE -out ca.pem";
  return "has no certificate: a PEM file has lines with BEGIN CERTIFICATE and END CERTIFICATE";
}

/** Returns the certificates of the file that the configuration names with `key`. Throws `code`. */
export function authorityOf(key: string, file: string, code: ErrorCode = "CONFIG_INVALID"): string {
  const authority = readAuthority(file);
  if ("problem" in authority) throw new AppError(code, `${key}: ${file} ${authority.problem}.`);
  return authority.pem;
}
