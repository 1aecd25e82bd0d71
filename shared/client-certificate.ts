/** Reads a client certificate and its private key from PEM files, and says in words why they cannot be used. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Secret } from "./secret.ts";
import { fileProblemOf, systemCodeOf } from "./system-errors.ts";

export interface ClientCertificateFiles {
  /** The certificate, and behind it the intermediate certificates that the server needs. */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Opens an encrypted key. */
  readonly keyPassword?: Secret | undefined;
}

export interface ClientCertificate {
  readonly certificatePem: string;
  readonly key: KeyObject;
  readonly subject: string;
  /** Epoch ms. */
  readonly validFrom: number;
  /** Epoch ms. */
  readonly validUntil: number;
}

/** `problem` is the end of a sentence that begins with the value of `key`. */
interface ClientCertificateProblem {
  readonly key: "certificateFile" | "keyFile";
  readonly problem: string;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const PEM_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/;
/** Extended key usage of TLS clients (RFC 5280 section 4.2.1.12), and the one that stands for all. */
const CLIENT_USAGES = ["1.3.6.1.5.5.7.3.2", "2.5.29.37.0"];

/** Looks at the files alone: whether the certificate has expired is for the caller to decide. */
export function readClientCertificate(
  files: ClientCertificateFiles,
): ClientCertificate | ClientCertificateProblem {
  const chain = readChain(files.certificateFile);
  if ("problem" in chain) return { key: "certificateFile", problem: chain.problem };
  const key = readKey(files);
  if ("problem" in key) return { key: "keyFile", problem: key.problem };
  const { leaf, pem } = chain;
  if (!leaf.checkPrivateKey(key.key))
    return {
      key: "keyFile",
      problem: `does not belong to the first certificate in ${files.certificateFile}`,
    };
  return {
    certificatePem: pem,
    key: key.key,
    subject: leaf.subject.split("\n").reverse().join(", "),
    validFrom: Date.parse(leaf.validFrom),
    validUntil: Date.parse(leaf.validTo),
  };
}

type Chain = { readonly leaf: X509Certificate; readonly pem: string } | { readonly problem: string };

function readChain(file: string): Chain {
  const bytes = bytesOf(file);
  if ("problem" in bytes) return bytes;
  const text = bytes.toString("latin1");
  const found = text.match(PEM_CERTIFICATE) ?? [];
  if (found.length === 0) return { problem: whyNoCertificate(bytes, text) };
  try {
    const [leaf] = found.map((one) => new X509Certificate(one));
    if (leaf === undefined) return { problem: "has no certificate" };
    // Node gives the extended key usage only; without the extension, a certificate serves every purpose.
    const usages = leaf.keyUsage as readonly string[] | undefined;
    return usages !== undefined && !usages.some((usage) => CLIENT_USAGES.includes(usage))
      ? { problem: "is not for TLS clients: issue it with the extended key usage clientAuth" }
      : { leaf, pem: found.join("\n") };
  } catch {
    return { problem: "has a certificate that is damaged" };
  }
}

type Key = { readonly key: KeyObject } | { readonly problem: string };

function readKey({ keyFile, keyPassword }: ClientCertificateFiles): Key {
  const bytes = bytesOf(keyFile);
  if ("problem" in bytes) return bytes;
  const text = bytes.toString("latin1");
  if (!PEM_KEY.test(text))
    return {
      problem: text.includes("BEGIN CERTIFICATE")
        ? "has a certificate and no private key"
        : `is no private key in PEM; convert one in DER with: openssl pkey -inform der -in ${keyFile} -out key.pem`,
    };
  try {
    return { key: createPrivateKey({ key: bytes, passphrase: keyPassword?.reveal() ?? "" }) };
  } catch (error) {
    const isEncrypted = /ENCRYPTED/.test(text);
    if (isEncrypted && keyPassword === undefined)
      return { problem: "is encrypted: put its password into a file, and name that file as keyPasswordFile" };
    if (isEncrypted) return { problem: "cannot be opened with the password in keyPasswordFile" };
    return { problem: `is damaged (${systemCodeOf(error) ?? "it cannot be read as a key"})` };
  }
}

function bytesOf(file: string): Buffer | { readonly problem: string } {
  try {
    return readFileSync(file);
  } catch (error) {
    return { problem: `cannot be read: ${fileProblemOf(error)}` };
  }
}

function whyNoCertificate(bytes: Buffer, text: string): string {
  if (text.trim() === "") return "is empty";
  if (PEM_KEY.test(text)) return "has a private key and no certificate";
  if (text.includes("CERTIFICATE REQUEST-----")) return "has a certificate request and no certificate";
  try {
    new X509Certificate(bytes);
    return "is DER; convert it with: openssl x509 -inform der -in FILE -out cert.pem";
  } catch {
    return "has no certificate in PEM; a PKCS #12 file (.pfx, .p12) is converted with: openssl pkcs12 -in FILE -nokeys -out cert.pem, and -nocerts -nodes -out key.pem";
  }
}
